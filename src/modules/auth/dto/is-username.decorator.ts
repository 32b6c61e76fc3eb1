import { applyDecorators } from '@nestjs/common';
import { Length, Matches, ValidateBy } from 'class-validator';
import { mixesScripts, USERNAME_PATTERN } from '../../users/identity.js';

const IsOfOneScript = () =>
  ValidateBy({
    name: 'isOfOneScript',
    validator: {
      validate: (value: unknown) => typeof value !== 'string' || !mixesScripts(value),
      defaultMessage: () =>
        'username must not mix letters that look alike: Latin, Cyrillic, Greek, Armenian, Coptic or Cherokee, one of them',
    },
  });

/**
 * Letters and digits, and between them spaces and . _ + - as well. Never an `@`, so it cannot be taken for an address,
 * and never Latin beside Cyrillic or the like, so it cannot be taken for somebody else's.
 */
export const IsUsername = () =>
  applyDecorators(
    Matches(USERNAME_PATTERN, {
      message: 'username may hold letters, digits, spaces and . _ + -, and begins with a letter or digit',
    }),
    IsOfOneScript(),
    Length(3, 50),
  );
