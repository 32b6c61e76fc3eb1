import { ValidateBy } from 'class-validator';

/** Text of several lines that Postgres can store: no NUL, no half surrogate pairs. */
export const IsProse = () =>
  ValidateBy({
    name: 'isProse',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && value.isWellFormed() && !value.includes('\0'),
      defaultMessage: (argument) => `${argument?.property ?? 'value'} must be text`,
    },
  });
