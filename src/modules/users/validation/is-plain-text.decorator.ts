import { ValidateBy } from 'class-validator';

/** A string that Postgres can store and a log can show: no control characters, no half surrogate pairs. */
export const IsPlainText = () =>
  ValidateBy({
    name: 'isPlainText',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isPlainText(value),
      defaultMessage: (argument) => `${argument?.property ?? 'value'} must be text without control characters`,
    },
  });

export function isPlainText(value: string): boolean {
  return value.isWellFormed() && !/\p{Cc}/u.test(value);
}
