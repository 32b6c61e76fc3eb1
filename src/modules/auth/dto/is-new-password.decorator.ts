import { applyDecorators } from '@nestjs/common';
import { IsString, Length, ValidateBy } from 'class-validator';

const IsWellFormed = () =>
  ValidateBy({
    name: 'isWellFormed',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && value.isWellFormed(),
      defaultMessage: (argument) => `${argument?.property} must not hold half a surrogate pair`,
    },
  });

/** A new password: 8 to 128 characters, whichever they are. Half surrogate pairs are none: all of them hash alike. */
export const IsNewPassword = () => applyDecorators(IsString(), Length(8, 128), IsWellFormed());
