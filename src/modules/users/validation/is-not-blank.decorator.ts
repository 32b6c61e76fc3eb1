import { ValidateBy } from 'class-validator';

/** Text with something visible in it. Whether it is text at all is for another rule to say. */
export const IsNotBlank = () =>
  ValidateBy({
    name: 'isNotBlank',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || /[\p{L}\p{N}\p{P}\p{S}]/u.test(value),
      defaultMessage: (argument) => `${argument?.property ?? 'value'} must not be blank`,
    },
  });
