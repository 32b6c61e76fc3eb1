import { ValidateBy } from 'class-validator';

/** A time that is not before another field's, where both are given. Times that are none are left to `IsDate`. */
export const IsNotBefore = (other: string) =>
  ValidateBy({
    name: 'isNotBefore',
    constraints: [other],
    validator: {
      validate: (value: unknown, argument) => {
        const start = (argument?.object as Record<string, unknown> | undefined)?.[other];
        if (!isTime(value) || !isTime(start)) return true;
        return value.getTime() >= start.getTime();
      },
      defaultMessage: (argument) => `${argument?.property} must not be before ${other}`,
    },
  });

function isTime(value: unknown): value is Date {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
