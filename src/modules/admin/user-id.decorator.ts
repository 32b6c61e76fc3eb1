import { Param, ParseIntPipe } from '@nestjs/common';
import { unprocessable } from '../../common/errors/errors.js';

/** The integer id of an account, from the path. */
export const UserId = () =>
  Param(
    'id',
    new ParseIntPipe({
      exceptionFactory: () => unprocessable('id must be an integer', { code: 'invalid_id', param: 'id' }),
    }),
  );
