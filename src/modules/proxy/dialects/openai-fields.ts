import { invalidRequest } from '../../../common/errors/errors.js';
import { isJsonObject } from '../json/json-object.js';
import type { JsonObject } from '../json/json-object.js';

/** More tokens than any model has. */
export const MAX_TOKENS_BOUND = 10_000_000;

/** @throws DomainError invalid_request when the body is not a JSON object */
export function requireJsonBody(
  body: unknown,
  rawBody: Buffer | undefined,
): { readonly body: JsonObject; readonly rawBody: Buffer } {
  if (isJsonObject(body) && rawBody !== undefined) return { body, rawBody };
  throw notJson();
}

/** Clients that forget the content type often announce a form, and a form is read as one on other routes. */
export function assertNotForm(contentType: string | undefined): void {
  if (contentType?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true) throw notJson();
}

function notJson() {
  return invalidRequest('The request body must be a JSON object, sent with content type application/json.', {
    code: 'invalid_json_body',
  });
}

export function requireModel(model: unknown): string {
  if (!isGiven(model)) throw missing('model');
  if (typeof model !== 'string') throw wrongType('model', 'a string');
  if (model === '' || model.length > 256) throw invalidValue('model', 'must have 1 to 256 characters');
  return model;
}

export function readStreamOptions(options: unknown): boolean {
  if (!isGiven(options)) return false;
  if (!isJsonObject(options)) throw wrongType('stream_options', 'an object');
  return optionalBoolean(options.include_usage, 'stream_options.include_usage') ?? false;
}

export function optionalBoolean(value: unknown, name: string): boolean | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value !== 'boolean') throw wrongType(name, 'a boolean');
  return value;
}

export function checkNumber(value: unknown, name: string, least: number, most: number): void {
  if (!isGiven(value)) return;
  if (typeof value !== 'number') throw wrongType(name, 'a number');
  if (!(value >= least && value <= most)) throw invalidValue(name, `must be between ${least} and ${most}`);
}

export function positiveInteger(value: unknown, name: string, most: number): number {
  if (typeof value !== 'number') throw wrongType(name, 'an integer');
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw invalidValue(name, `must be an integer between 1 and ${most}`);
  }
  return value;
}

export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function missing(param: string) {
  return invalidRequest(`Missing required parameter: '${param}'.`, { param, code: 'missing_required_parameter' });
}

export function wrongType(param: string, wanted: string) {
  return invalidRequest(`Invalid type for '${param}': expected ${wanted}.`, { param, code: 'invalid_type' });
}

export function invalidValue(param: string, rule: string, code = 'invalid_value') {
  return invalidRequest(`Invalid value for '${param}': it ${rule}.`, { param, code });
}
