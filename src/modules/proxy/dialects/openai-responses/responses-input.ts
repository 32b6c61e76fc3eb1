import { invalidRequest } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { invalidValue, isGiven, missing, wrongType } from '../openai-fields.js';

const ROLES = ['user', 'assistant', 'system', 'developer'];

/**
 * The items of a response's input as chat messages: texts, images, calls of functions and their results.
 * @throws DomainError invalid_request, naming the item
 */
export function messagesOfInput(input: unknown): JsonObject[] {
  if (!isGiven(input)) throw missing('input');
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (!Array.isArray(input)) throw wrongType('input', 'a string or an array of items');
  if (input.length === 0) throw invalidValue('input', 'must not be empty', 'empty_array');
  const messages: JsonObject[] = [];
  input.forEach((item: unknown, index) => addItem(messages, item, `input[${index}]`));
  return messages;
}

function addItem(messages: JsonObject[], item: unknown, name: string): void {
  if (!isJsonObject(item)) throw wrongType(name, 'an object');
  switch (item.type ?? 'message') {
    case 'message':
      messages.push(messageOf(item, name));
      return;
    case 'function_call':
      addCall(messages, item);
      return;
    case 'function_call_output':
      messages.push({ role: 'tool', tool_call_id: item.call_id, content: outputOf(item.output, `${name}.output`) });
      return;
    case 'reasoning':
      // What a model thought for itself is not told to another one.
      return;
    default:
      throw unsupported(`${name}.type`, `An input item of type '${String(item.type)}'`);
  }
}

function messageOf({ role, content }: JsonObject, name: string): JsonObject {
  if (typeof role !== 'string' || !ROLES.includes(role)) {
    throw invalidValue(`${name}.role`, `must be one of ${ROLES.join(', ')}`);
  }
  if (typeof content === 'string') return { role, content };
  if (!Array.isArray(content)) throw wrongType(`${name}.content`, 'a string or an array of parts');
  const parts = content.map((part: unknown, index) => partOf(part, `${name}.content[${index}]`));
  // Assistants say text only; every provider takes it in one piece.
  return { role, content: role === 'user' ? parts : parts.map(({ text }) => text).join('') };
}

function partOf(part: unknown, name: string): JsonObject {
  if (!isJsonObject(part)) throw wrongType(name, 'an object');
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      if (typeof part.text !== 'string') throw wrongType(`${name}.text`, 'a string');
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'input_image':
      if (typeof part.image_url !== 'string') throw unsupported(`${name}.file_id`, 'An image by its file id');
      return {
        type: 'image_url',
        image_url: { url: part.image_url, ...(isGiven(part.detail) && { detail: part.detail }) },
      };
    default:
      throw unsupported(`${name}.type`, `A content part of type '${String(part.type)}'`);
  }
}

/** Calls that follow each other are one message of the assistant. */
function addCall(messages: JsonObject[], { call_id: id, name, arguments: given }: JsonObject): void {
  const call = { id, type: 'function', function: { name, arguments: given } };
  const last = messages.at(-1);
  if (last?.role === 'assistant') {
    last.tool_calls = [...(Array.isArray(last.tool_calls) ? (last.tool_calls as unknown[]) : []), call];
  } else {
    messages.push({ role: 'assistant', content: null, tool_calls: [call] });
  }
}

function outputOf(output: unknown, name: string): unknown {
  if (!Array.isArray(output)) return output;
  return output.map((part: unknown, index) => partOf(part, `${name}[${index}]`));
}

/** The error for what this route cannot do without storing conversations, files or running tools itself. */
export function unsupported(param: string, what: string) {
  return invalidRequest(`${what} is not supported here.`, { param, code: 'unsupported_feature' });
}
