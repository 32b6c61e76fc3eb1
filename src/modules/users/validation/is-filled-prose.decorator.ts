import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';

const isString = (value: unknown): value is string => typeof value === 'string';

/** Text of several lines that somebody will read: trimmed, with something visible in it, and such that Postgres can store it. */
export const IsFilledProse = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (isString(value) ? value.trim() : value)),
    ValidateBy({
      name: 'isFilledProse',
      validator: {
        validate: (value: unknown) => isString(value) && value.isWellFormed() && !value.includes('\0'),
        defaultMessage: (argument) => `${argument?.property ?? 'value'} must be text`,
      },
    }),
    ValidateBy({
      name: 'isNotBlank',
      validator: {
        validate: (value: unknown) => !isString(value) || /[\p{L}\p{N}\p{P}\p{S}]/u.test(value),
        defaultMessage: (argument) => `${argument?.property ?? 'value'} must not be blank`,
      },
    }),
  );
