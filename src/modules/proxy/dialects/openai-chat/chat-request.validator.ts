import { invalidRequest } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import type { ChatRequest, CompletionLimitField } from './chat-request.js';
import { refuseUnmeterable } from './unmeterable-features.js';

const MAX_TOKENS_BOUND = 10_000_000;
const MAX_CHOICES = 128;
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
const LIMIT_FIELDS: readonly CompletionLimitField[] = ['max_tokens', 'max_completion_tokens'];

/**
 * Checks the fields of a chat completion that we rely on and picks the facts out of it. A null is treated as absent.
 * Written by hand: this runs for each request and looks at few fields.
 * @throws DomainError invalid_request, naming the field and the rule
 */
export function validateChatRequest(body: unknown, rawBody: Buffer | undefined): ChatRequest {
  if (!isJsonObject(body) || rawBody === undefined) {
    throw invalidRequest('The request body must be a JSON object, sent with content type application/json.', {
      code: 'invalid_json_body',
    });
  }
  const model = requireModel(body.model);
  const messages = requireMessages(body.messages);
  const stream = optionalBoolean(body.stream, 'stream') ?? false;
  const wantsUsageChunk = readStreamOptions(body.stream_options);
  checkNumber(body.temperature, 'temperature', 0, 2);
  checkNumber(body.top_p, 'top_p', 0, 1);
  const limitFields = LIMIT_FIELDS.filter((field) => isGiven(body[field]));
  const limits = limitFields.map((field) => positiveInteger(body[field], field, MAX_TOKENS_BOUND));
  const choices = isGiven(body.n) ? positiveInteger(body.n, 'n', MAX_CHOICES) : 1;
  refuseUnmeterable(body, messages);
  return {
    model,
    stream,
    wantsUsageChunk,
    completionTokensAsked: limits.length === 0 ? null : Math.min(...limits),
    limitFields,
    choices,
    messages,
    body,
    rawBody,
  };
}

function requireModel(model: unknown): string {
  if (!isGiven(model)) throw missing('model');
  if (typeof model !== 'string') throw wrongType('model', 'a string');
  if (model === '' || model.length > 256) throw invalidValue('model', 'must have 1 to 256 characters');
  return model;
}

function requireMessages(messages: unknown): JsonObject[] {
  if (!isGiven(messages)) throw missing('messages');
  if (!Array.isArray(messages)) throw wrongType('messages', 'an array of objects');
  if (messages.length === 0) throw invalidValue('messages', 'must not be empty', 'empty_array');
  return messages.map((message: unknown, index) => requireMessage(message, `messages[${index}]`));
}

function requireMessage(message: unknown, name: string): JsonObject {
  if (!isJsonObject(message)) throw wrongType(name, 'an object');
  const { role, content } = message;
  if (!isGiven(role)) throw missing(`${name}.role`);
  if (typeof role !== 'string' || !ROLES.includes(role)) {
    throw invalidValue(`${name}.role`, `must be one of ${ROLES.join(', ')}`);
  }
  if (content === undefined && role !== 'assistant') throw missing(`${name}.content`);
  if (Array.isArray(content)) {
    content.forEach((part: unknown, index) => checkPart(part, `${name}.content[${index}]`));
  } else if (isGiven(content) && typeof content !== 'string') {
    throw wrongType(`${name}.content`, 'a string, an array of parts or null');
  }
  return message;
}

function checkPart(part: unknown, name: string): void {
  if (!isJsonObject(part)) throw wrongType(name, 'an object');
  if (typeof part.type !== 'string') throw wrongType(`${name}.type`, 'a string');
  if (part.type === 'text' && typeof part.text !== 'string') throw wrongType(`${name}.text`, 'a string');
}

function readStreamOptions(options: unknown): boolean {
  if (!isGiven(options)) return false;
  if (!isJsonObject(options)) throw wrongType('stream_options', 'an object');
  return optionalBoolean(options.include_usage, 'stream_options.include_usage') ?? false;
}

function optionalBoolean(value: unknown, name: string): boolean | undefined {
  if (!isGiven(value)) return undefined;
  if (typeof value !== 'boolean') throw wrongType(name, 'a boolean');
  return value;
}

function checkNumber(value: unknown, name: string, least: number, most: number): void {
  if (!isGiven(value)) return;
  if (typeof value !== 'number') throw wrongType(name, 'a number');
  if (!(value >= least && value <= most)) throw invalidValue(name, `must be between ${least} and ${most}`);
}

function positiveInteger(value: unknown, name: string, most: number): number {
  if (typeof value !== 'number') throw wrongType(name, 'an integer');
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw invalidValue(name, `must be an integer between 1 and ${most}`);
  }
  return value;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function missing(param: string) {
  return invalidRequest(`Missing required parameter: '${param}'.`, { param, code: 'missing_required_parameter' });
}

function wrongType(param: string, wanted: string) {
  return invalidRequest(`Invalid type for '${param}': expected ${wanted}.`, { param, code: 'invalid_type' });
}

function invalidValue(param: string, rule: string, code = 'invalid_value') {
  return invalidRequest(`Invalid value for '${param}': it ${rule}.`, { param, code });
}
