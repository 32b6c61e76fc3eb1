import { Injectable, ValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { ignoresUnknownFields } from '../decorators/ignores-unknown-fields.decorator.js';
import { unprocessable } from '../errors/errors.js';

interface Fault {
  readonly loc: string[];
  readonly msg: string;
  readonly type: string;
}

/**
 * Checks DTOs: wrong fields are a 422 that names the field and the rule. Unknown ones are refused as well in bodies, so
 * that a misspelt limit is not taken for none; in queries, and in bodies that clients of other systems send, they are dropped.
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform<unknown, Promise<unknown>> {
  private readonly strict = validationPipe({ refuseUnknown: true });
  private readonly lenient = validationPipe({ refuseUnknown: false });

  transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const isStrict = metadata.type === 'body' && !ignoresUnknownFields(metadata.metatype);
    return (isStrict ? this.strict : this.lenient).transform(value, metadata) as Promise<unknown>;
  }
}

function validationPipe({ refuseUnknown }: { refuseUnknown: boolean }): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: refuseUnknown,
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
  const constraints = error.constraints ?? {};
  if ('whitelistValidation' in constraints) {
    return [
      { loc: ['body', ...loc], msg: `${error.property} is not a field of this request`, type: 'extra_forbidden' },
    ];
  }
  if (error.value === undefined && error.constraints !== undefined) {
    return [{ loc: ['body', ...loc], msg: `${error.property} is required`, type: 'missing' }];
  }
  const own = Object.entries(constraints).map(([type, msg]) => ({ loc: ['body', ...loc], msg, type }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, loc))];
}
