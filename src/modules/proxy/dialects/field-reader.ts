import type { DomainError } from '../../../common/errors/domain-error.js';
import { unprocessable } from '../../../common/errors/errors.js';
import { isJsonObject } from '../json/json-object.js';
import type { JsonObject } from '../json/json-object.js';

type Path = readonly (string | number)[];

/** One fault of a body, as FastAPI lists it. */
interface Fault {
  readonly loc: Path;
  readonly msg: string;
  readonly type: string;
}

interface TextRule {
  readonly least?: number;
  readonly most?: number;
  /** Taken when the field is absent; without it the field is required. */
  readonly otherwise?: string;
}

interface NumberRule {
  readonly least: number;
  readonly most: number;
}

/**
 * Reads the fields of a body and gathers everything that is wrong with them. A null is treated as absent. What a read
 * returns is only good once `finish` has not thrown.
 */
export class FieldReader {
  private readonly faults: Fault[];
  private readonly fields: JsonObject;
  private readonly path: Path;

  constructor(body: unknown, parent?: { readonly reader: FieldReader; readonly path: Path }) {
    this.faults = parent?.reader.faults ?? [];
    this.path = parent?.path ?? ['body'];
    this.fields = isJsonObject(body) ? body : {};
    if (!isJsonObject(body)) this.fault([], 'Input should be a JSON object', 'dict_type');
  }

  text(name: string, { least = 0, most = Infinity, otherwise }: TextRule = {}): string {
    const value = this.fields[name] ?? otherwise;
    if (value === undefined) return this.missing(name, '');
    if (typeof value !== 'string') return this.wrong(name, 'Input should be a valid string', 'string_type', '');
    const length = [...value].length;
    if (length < least) {
      return this.wrong(name, `String should have at least ${least} characters`, 'string_too_short', '');
    }
    if (length > most) {
      return this.wrong(name, `String should have at most ${most} characters`, 'string_too_long', '');
    }
    return value;
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], otherwise?: Choice): Choice {
    const value = this.fields[name] ?? otherwise;
    if (value === undefined) return this.missing(name, choices[0]);
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    return this.wrong(name, `Input should be one of ${choices.join(', ')}`, 'literal_error', choices[0]);
  }

  boolean(name: string, otherwise: boolean): boolean {
    const value = this.fields[name] ?? otherwise;
    if (typeof value === 'boolean') return value;
    return this.wrong(name, 'Input should be a valid boolean', 'bool_type', otherwise);
  }

  number<Absent extends number | null>(name: string, rule: NumberRule, otherwise: Absent): number | Absent {
    const value = this.fields[name] ?? otherwise;
    if (value === otherwise) return otherwise;
    if (typeof value !== 'number') return this.wrong(name, 'Input should be a valid number', 'float_type', otherwise);
    return this.within(name, value, rule, otherwise);
  }

  integer<Absent extends number | null>(name: string, rule: NumberRule, otherwise: Absent): number | Absent {
    const value = this.fields[name] ?? otherwise;
    if (value === otherwise) return otherwise;
    if (!Number.isInteger(value)) return this.wrong(name, 'Input should be a valid integer', 'int_type', otherwise);
    return this.within(name, value as number, rule, otherwise);
  }

  /** A reader for each object of a list. */
  list(name: string, { most = Infinity }: { readonly most?: number } = {}): FieldReader[] {
    const value = this.fields[name];
    if (value === undefined || value === null) return this.missing(name, []);
    if (!Array.isArray(value)) return this.wrong(name, 'Input should be a valid list', 'list_type', []);
    if (value.length === 0) return this.wrong(name, 'List should have at least 1 item', 'too_short', []);
    if (value.length > most) return this.wrong(name, `List should have at most ${most} items`, 'too_long', []);
    return value.map((item: unknown, index) => {
      return new FieldReader(item, { reader: this, path: [...this.path, name, index] });
    });
  }

  /** A field that somebody else checks. */
  any(name: string): unknown {
    return this.fields[name];
  }

  /** @throws DomainError unprocessable, with every fault */
  finish(): void {
    if (this.faults.length > 0) throw unprocessableBody(this.faults);
  }

  wrong<Value>(name: string, msg: string, type: string, instead: Value): Value {
    this.fault([name], msg, type);
    return instead;
  }

  private missing<Value>(name: string, instead: Value): Value {
    return this.wrong(name, 'Field required', 'missing', instead);
  }

  private within<Absent>(name: string, value: number, { least, most }: NumberRule, otherwise: Absent): number | Absent {
    if (value < least) {
      return this.wrong(name, `Input should be greater than or equal to ${least}`, 'greater_than_equal', otherwise);
    }
    if (value > most) {
      return this.wrong(name, `Input should be less than or equal to ${most}`, 'less_than_equal', otherwise);
    }
    return value;
  }

  private fault(path: Path, msg: string, type: string): void {
    this.faults.push({ loc: [...this.path, ...path], msg, type });
  }
}

function unprocessableBody(faults: readonly Fault[]): DomainError {
  const message = faults.map(({ loc, msg }) => `${loc.slice(1).join('.') || 'body'}: ${msg}`).join('; ');
  return unprocessable(message, { param: faults[0].loc.slice(1).join('.'), detail: faults, code: 'invalid_request' });
}
