import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import {
  checkNumber,
  invalidValue,
  isGiven,
  MAX_TOKENS_BOUND,
  missing,
  optionalBoolean,
  positiveInteger,
  readStreamOptions,
  requireJsonBody,
  requireModel,
  wrongType,
} from '../openai-fields.js';
import type { ChatRequest, CompletionLimitField } from './chat-request.js';
import { refuseUnmeterable } from './unmeterable-features.js';

const MAX_CHOICES = 128;
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
const LIMIT_FIELDS: readonly CompletionLimitField[] = ['max_tokens', 'max_completion_tokens'];

/**
 * Checks the fields of a chat completion that we rely on and picks the facts out of it. A null is treated as absent.
 * Written by hand: this runs for each request and looks at few fields.
 * @throws DomainError invalid_request, naming the field and the rule
 */
export function validateChatRequest(sent: unknown, sentBytes: Buffer | undefined): ChatRequest {
  const { body, rawBody } = requireJsonBody(sent, sentBytes);
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
