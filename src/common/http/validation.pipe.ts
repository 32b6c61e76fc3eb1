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

/** Where a DTO's fields come from, as `errors[].loc` begins. */
type Place = 'body' | 'query' | 'path';

/** Rules that a value of the wrong type breaks; whatever else it breaks then says nothing more. */
const TYPE_RULES = ['isString', 'isInt', 'isNumber', 'isBoolean', 'isDate', 'isArray', 'isObject', 'isUuid'];
/** Likewise of what is no string; a string that breaks them may be at fault otherwise too. */
const TEXT_RULES = ['isFilledProse', 'isProse', 'isPlainText'];
/** A blank text is as good as none: that it is short goes without saying. */
const BLANK_RULE = 'isNotBlank';

/**
 * Checks DTOs: wrong fields are a 422 that names the field and the rule. Unknown ones are refused as well in bodies, so
 * that a misspelt limit is not taken for none; in queries, and in bodies that clients of other systems send, they are dropped.
 */
@Injectable()
export class RequestValidationPipe implements PipeTransform<unknown, Promise<unknown>> {
  private readonly strictBody = validationPipe('body', { refuseUnknown: true });
  private readonly lenientBody = validationPipe('body', { refuseUnknown: false });
  private readonly query = validationPipe('query', { refuseUnknown: false });
  private readonly path = validationPipe('path', { refuseUnknown: false });

  transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return this.pipeFor(metadata).transform(value, metadata) as Promise<unknown>;
  }

  private pipeFor({ type, metatype }: ArgumentMetadata): ValidationPipe {
    if (type === 'query') return this.query;
    if (type === 'param') return this.path;
    return type === 'body' && !ignoresUnknownFields(metatype) ? this.strictBody : this.lenientBody;
  }
}

function validationPipe(place: Place, { refuseUnknown }: { refuseUnknown: boolean }): ValidationPipe {
  return new ValidationPipe({
    whitelist: true,
    forbidNonWhitelisted: refuseUnknown,
    transform: true,
    exceptionFactory: (errors) => {
      const faults = errors.flatMap((error) => faultsOf(error, [place]));
      const message = faults.map((fault) => fault.msg).join('; ');
      return unprocessable(message, { param: faults[0]?.loc.slice(1).join('.'), facts: { errors: faults } });
    },
  });
}

function faultsOf(error: ValidationError, path: string[]): Fault[] {
  const loc = [...path, error.property];
  const constraints = error.constraints ?? {};
  if ('whitelistValidation' in constraints) {
    return [{ loc, msg: `${error.property} is not a field of this request`, type: 'extra_forbidden' }];
  }
  if (error.value === undefined && error.constraints !== undefined) {
    return [{ loc, msg: `${error.property} is required`, type: 'missing' }];
  }
  const own = brokenRules(error, constraints).map((type) => ({ loc, msg: messageOf(type, error), type }));
  return [...own, ...(error.children ?? []).flatMap((child) => faultsOf(child, loc))];
}

/** One rule for one fault. */
function brokenRules({ value }: ValidationError, constraints: Readonly<Record<string, string>>): string[] {
  const decisive = [...TYPE_RULES, ...(typeof value === 'string' ? [BLANK_RULE] : TEXT_RULES)];
  const said = decisive.find((rule) => rule in constraints);
  return said === undefined ? Object.keys(constraints) : [said];
}

/** The library's message for a time names a class of JavaScript. */
function messageOf(type: string, { property, constraints }: ValidationError): string {
  if (type === 'isDate') return `${property} must be a time in ISO 8601, such as 2030-01-31T00:00:00Z`;
  return constraints?.[type] ?? `${property} is not valid`;
}
