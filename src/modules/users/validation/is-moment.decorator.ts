import { ValidateBy } from 'class-validator';

const MOMENT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** A date, or a date and time with its time zone (ISO 8601). A date alone is midnight in UTC. */
export const IsMoment = () =>
  ValidateBy({
    name: 'isMoment',
    validator: {
      validate: isMoment,
      defaultMessage: (argument) =>
        `${argument?.property} must be a date, or a date and time with a time zone, such as 2030-01-31T00:00:00Z`,
    },
  });

/** As `IsMoment`, and to come. */
export const IsFutureMoment = () =>
  ValidateBy({
    name: 'isFutureMoment',
    validator: {
      validate: (value: unknown) => isMoment(value) && Date.parse(value) > Date.now(),
      defaultMessage: (argument) =>
        `${argument?.property} must be in the future, a date or a date and time with a time zone, such as 2030-01-31T00:00:00Z`,
    },
  });

function isMoment(value: unknown): value is string {
  return typeof value === 'string' && MOMENT.test(value) && !Number.isNaN(Date.parse(value));
}
