import { applyDecorators } from '@nestjs/common';
import { Length, Matches } from 'class-validator';
import { USERNAME_PATTERN } from '../../users/identity.js';

/** Letters and digits, and between them spaces and . _ + - as well. Never an `@`, so it cannot be taken for an address. */
export const IsUsername = () =>
  applyDecorators(
    Matches(USERNAME_PATTERN, {
      message: 'username may hold letters, digits, spaces and . _ + -, and begins with a letter or digit',
    }),
    Length(3, 50),
  );
