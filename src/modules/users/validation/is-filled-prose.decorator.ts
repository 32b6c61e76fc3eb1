import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';
import { IsNotBlank } from './is-not-blank.decorator.js';

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
    IsNotBlank(),
  );
