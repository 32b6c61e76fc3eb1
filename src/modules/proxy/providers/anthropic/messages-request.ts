import { invalidRequest } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { inexpressible } from './inexpressible.js';
import { messagesOf } from './messages.js';
import { toolsOf } from './tools.js';

const HIGHEST_TEMPERATURE = 1;

/**
 * An OpenAI chat request as one for the Messages API. Fields that have no counterpart there are left out: Anthropic
 * refuses names that it does not know.
 * @param chat validated, with its completion limit set
 * @throws DomainError invalid_request for what cannot be said in that format
 */
export function messagesRequest(chat: unknown): Buffer {
  if (!isJsonObject(chat)) throw new Error('a chat request is an object');
  if (typeof chat.n === 'number' && chat.n > 1) throw inexpressible('n', 'More than one choice');
  const { system, messages } = messagesOf(chat);
  const instructions = [...system, ...formatInstruction(chat.response_format)];
  const request: JsonObject = {
    model: chat.model,
    max_tokens: completionLimit(chat),
    ...(instructions.length > 0 && { system: instructions }),
    messages,
    ...toolsOf(chat),
    ...sampling(chat),
    ...(stopSequences(chat.stop).length > 0 && { stop_sequences: stopSequences(chat.stop) }),
    ...(typeof chat.user === 'string' && { metadata: { user_id: chat.user } }),
    ...(isJsonObject(chat.thinking) && { thinking: chat.thinking }),
    ...(chat.stream === true && { stream: true }),
  };
  return serialised(request);
}

function serialised(request: JsonObject): Buffer {
  try {
    return Buffer.from(JSON.stringify(request));
  } catch (error) {
    throw invalidRequest('The request is nested too deeply for this model.', { code: 'invalid_value', cause: error });
  }
}

function completionLimit({ max_tokens, max_completion_tokens }: JsonObject): number {
  return Math.min(...[max_tokens, max_completion_tokens].filter((limit) => typeof limit === 'number'));
}

/** Newer models take only one of the two, so the temperature goes before. Theirs ends at 1. */
function sampling({ temperature, top_p, top_k }: JsonObject): JsonObject {
  const sampled: JsonObject = typeof top_k === 'number' ? { top_k } : {};
  if (typeof temperature === 'number') return { ...sampled, temperature: Math.min(temperature, HIGHEST_TEMPERATURE) };
  return typeof top_p === 'number' ? { ...sampled, top_p } : sampled;
}

/** Sequences of nothing but white space are refused there. */
function stopSequences(stop: unknown): string[] {
  const sequences: unknown[] = Array.isArray(stop) ? stop : [stop];
  return sequences.filter((sequence): sequence is string => typeof sequence === 'string' && sequence.trim() !== '');
}

/** There is no such field there; the model is told what is wanted. */
function formatInstruction(format: unknown): JsonObject[] {
  if (!isJsonObject(format) || (format.type !== 'json_object' && format.type !== 'json_schema')) return [];
  const schema = isJsonObject(format.json_schema) ? format.json_schema.schema : undefined;
  const shape = schema === undefined ? '' : ` It follows this JSON schema: ${JSON.stringify(schema)}`;
  return [{ type: 'text', text: `Answer with one JSON object and nothing else.${shape}` }];
}
