import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { unprocessable } from '../errors/errors.js';

interface Fault {
  readonly loc: string[];
  readonly msg: string;
  readonly type: string;
}

/** Checks DTOs: unknown fields are dropped, wrong ones are a 422 that names the field and the rule. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    transform: true,
    exceptionFactory: (errors) => {
      const faults = errors.flatMap((error) => faultsOf(error, []));
      const message = faults.map((fault) => fault.msg).join('; ');
      return unprocessable(message, { param: faults[0]?.loc.slice(1).join('.'), facts: { errors: faults } });
    },
  });
}

function faultsOf(error: ValidationError, path: string[]): Fault[] {
  const loc = [...path, error.property];
  if (error.value === undefined && error.constraints !== undefined) {
    return [{ loc: ['body', ...loc], msg: `${error.property} is required`, type: 'missing' }];
  }
  const own = Object.entries(error.constraints ?? {}).map(([type, msg]) => ({ loc: ['body', ...loc], msg, type }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, loc))];
}
