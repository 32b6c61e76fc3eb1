import { invalidRequest } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { blocksOf } from './content-blocks.js';

/** A conversation in Anthropic's terms. */
export interface Conversation {
  /** Text blocks. */
  readonly system: JsonObject[];
  /** `user` and `assistant` in turn. */
  readonly messages: JsonObject[];
}

interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: JsonObject[];
}

/**
 * The messages of a chat request: system and developer apart, tool results as the user's, and neighbours of one role
 * joined, as the results of parallel calls have to be.
 * @throws DomainError invalid_request for content that cannot be said in that format
 */
export function messagesOf(chat: JsonObject): Conversation {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  (chat.messages as JsonObject[]).forEach((message, index) => {
    const name = `messages[${index}]`;
    if (message.role === 'system' || message.role === 'developer') {
      system.push(...blocksOf(message.content, `${name}.content`));
      return;
    }
    const { role, content } = turnOf(message, name);
    const previous = turns.at(-1);
    if (content.length === 0) return;
    if (previous?.role === role) previous.content.push(...content);
    else turns.push({ role, content });
  });
  // A conversation cannot consist of instructions alone there.
  if (turns.length === 0) return { system: [], messages: [{ role: 'user', content: system }] };
  return { system, messages: turns.map(({ role, content }) => ({ role, content })) };
}

function turnOf(message: JsonObject, name: string): Turn {
  switch (message.role) {
    case 'assistant':
      return { role: 'assistant', content: assistantBlocks(message, name) };
    case 'tool':
      return { role: 'user', content: [resultOf(message, message.tool_call_id, name)] };
    case 'function':
      return { role: 'user', content: [resultOf(message, message.name, name)] };
    default:
      return { role: 'user', content: blocksOf(message.content, `${name}.content`) };
  }
}

function assistantBlocks(message: JsonObject, name: string): JsonObject[] {
  const blocks = blocksOf(message.content ?? message.refusal, `${name}.content`);
  if (Array.isArray(message.tool_calls)) {
    (message.tool_calls as unknown[]).forEach((call, index) => {
      if (isJsonObject(call)) blocks.push(useOf(call.function, call.id, `${name}.tool_calls[${index}].function`));
    });
  } else if (isJsonObject(message.function_call)) {
    blocks.push(useOf(message.function_call, message.function_call.name, `${name}.function_call`));
  }
  return blocks;
}

function useOf(call: unknown, id: unknown, name: string): JsonObject {
  if (!isJsonObject(call)) throw invalidRequest(`Invalid type for '${name}': expected an object.`, { param: name });
  return { type: 'tool_use', id: toolId(id), name: call.name, input: argumentsOf(call, `${name}.arguments`) };
}

function resultOf({ content }: JsonObject, id: unknown, name: string): JsonObject {
  return { type: 'tool_result', tool_use_id: toolId(id), content: blocksOf(content, `${name}.content`) };
}

function argumentsOf(call: JsonObject, param: string): JsonObject {
  const text = typeof call.arguments === 'string' ? call.arguments.trim() : '';
  if (text === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (isJsonObject(parsed)) return parsed;
  } catch (error) {
    throw invalidRequest(`Invalid value for '${param}': it must be JSON.`, {
      param,
      code: 'invalid_value',
      cause: error,
    });
  }
  throw invalidRequest(`Invalid value for '${param}': it must be a JSON object.`, { param, code: 'invalid_value' });
}

/** Ids there have letters, digits, `_` and `-` only. */
function toolId(id: unknown): string {
  return typeof id === 'string' ? id.replace(/[^\w-]/g, '_') : '';
}
