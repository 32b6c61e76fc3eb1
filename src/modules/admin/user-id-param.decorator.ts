import { Param, ParseIntPipe } from '@nestjs/common';
import { unprocessable } from '../../common/errors/errors.js';

/** The integer id of an account in the path; anything else is a 422 that says so. */
export const UserIdParam = () =>
  Param(
    'id',
    new ParseIntPipe({
      exceptionFactory: () => unprocessable('id must be an integer', { code: 'invalid_id', param: 'id' }),
    }),
  );
