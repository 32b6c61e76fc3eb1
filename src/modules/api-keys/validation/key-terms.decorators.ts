import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsIn, ValidateBy } from 'class-validator';
import { isAddressOrNetwork } from '../../../common/http/address-list.js';
import { KEY_SCOPES } from '../../../common/key-scopes.js';

const MOST_ENTRIES = 100;
const LONGEST_MODEL_NAME = 200;
const MODEL_PATTERN = /^[^\s*\p{Cc}]+\*?$/u;

const List = (most: number) => applyDecorators(IsArray(), ArrayMinSize(1), ArrayMaxSize(most), ArrayUnique());

/** A list of scopes, each once. */
export const AreScopes = () => applyDecorators(List(KEY_SCOPES.length), IsIn(KEY_SCOPES, { each: true }));

/** Model names, or beginnings of names followed by `*`. */
export const AreModelPatterns = () =>
  applyDecorators(
    List(MOST_ENTRIES),
    ValidateBy(
      {
        name: 'areModelPatterns',
        validator: {
          validate: isModelPattern,
          defaultMessage: (argument) =>
            `each value in ${argument?.property} must be the name of a model, or the beginning of one followed by *`,
        },
      },
      { each: true },
    ),
  );

/** Addresses and networks, IPv4 or IPv6. */
export const AreNetworks = () =>
  applyDecorators(
    List(MOST_ENTRIES),
    ValidateBy(
      {
        name: 'areNetworks',
        validator: {
          validate: (value: unknown) => typeof value === 'string' && isAddressOrNetwork(value),
          defaultMessage: (argument) =>
            `each value in ${argument?.property} must be an IP address or a network such as 203.0.113.0/24`,
        },
      },
      { each: true },
    ),
  );

function isModelPattern(value: unknown): boolean {
  return typeof value === 'string' && value.length <= LONGEST_MODEL_NAME && MODEL_PATTERN.test(value);
}
