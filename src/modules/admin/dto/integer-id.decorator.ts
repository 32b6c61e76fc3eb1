import { Param } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { unprocessable } from '../../../common/errors/errors.js';

const LARGEST_ID = 2_147_483_647;

/** An integer id in the path; anything else is 422. */
export const IntegerId = (name = 'id') => Param(name, integerIdPipe(name));

function integerIdPipe(name: string): PipeTransform<unknown, number> {
  return {
    transform: (value) => {
      // The global pipe has made a number of it already.
      const id = Number(value);
      if (Number.isInteger(id) && id >= 1 && id <= LARGEST_ID) return id;
      throw unprocessable(`${name} must be an integer from 1 to ${LARGEST_ID}`, { code: 'invalid_id', param: name });
    },
  };
}
