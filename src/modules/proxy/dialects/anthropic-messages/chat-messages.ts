import { invalidRequest } from '../../../../common/errors/errors.js';
import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { invalidValue, isGiven, missing, wrongType } from '../openai-fields.js';

/** Fields that run tools, or pull in context, which are not in the request: their tokens cannot be reserved. */
const REFUSED_FIELDS = ['mcp_servers', 'container', 'context_management'];

/** @throws DomainError invalid_request for what cannot be metered */
export function refuseFieldsOfOthers(body: JsonObject): void {
  for (const field of REFUSED_FIELDS) if (isGiven(body[field])) throw unsupported(field, `'${field}'`);
}

/**
 * System and messages of a Messages request as chat messages. A user's turn with results of tools becomes one message
 * for each result, before what the user says beside them.
 * @throws DomainError invalid_request, naming the block
 */
export function chatMessagesOf({ system, messages }: JsonObject): JsonObject[] {
  if (!isGiven(messages)) throw missing('messages');
  if (!Array.isArray(messages)) throw wrongType('messages', 'an array of objects');
  if (messages.length === 0) throw invalidValue('messages', 'must not be empty', 'empty_array');
  const turns = messages.flatMap((message: unknown, index) => turnOf(message, `messages[${index}]`));
  return isGiven(system) ? [{ role: 'system', content: plainText(system, 'system') }, ...turns] : turns;
}

function turnOf(message: unknown, name: string): JsonObject[] {
  if (!isJsonObject(message)) throw wrongType(name, 'an object');
  const { role, content } = message;
  if (role !== 'user' && role !== 'assistant') throw invalidValue(`${name}.role`, 'must be user or assistant');
  if (typeof content === 'string') return [{ role, content }];
  const blocks = blocksOf(content, `${name}.content`);
  return role === 'user' ? userTurn(blocks, `${name}.content`) : [assistantTurn(blocks, `${name}.content`)];
}

function userTurn(blocks: readonly JsonObject[], name: string): JsonObject[] {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  blocks.forEach((block, index) => {
    const { type, tool_use_id: id } = block;
    if (type !== 'tool_result') parts.push(partOf(block, `${name}[${index}]`));
    else results.push({ role: 'tool', tool_call_id: id, content: resultOf(block, `${name}[${index}]`, parts) });
  });
  return parts.length === 0 && results.length > 0 ? results : [...results, { role: 'user', content: parts }];
}

/** Images in a tool's result go with what the user says: a tool's message is text only. */
function resultOf({ content, is_error: isError }: JsonObject, name: string, parts: JsonObject[]): string {
  const marked = (text: string) => (isError === true ? `Error: ${text}` : text);
  if (!isGiven(content)) return marked('');
  if (typeof content === 'string') return marked(content);
  const blocks = blocksOf(content, `${name}.content`);
  const texts = blocks.flatMap((block, index) => {
    if (block.type === 'text') return [textOf(block, `${name}.content[${index}]`)];
    parts.push(partOf(block, `${name}.content[${index}]`));
    return [];
  });
  return marked(texts.join('\n'));
}

function assistantTurn(blocks: readonly JsonObject[], name: string): JsonObject {
  const texts: string[] = [];
  const calls: JsonObject[] = [];
  blocks.forEach((block, index) => {
    switch (block.type) {
      case 'text':
        texts.push(textOf(block, `${name}[${index}]`));
        break;
      case 'tool_use':
        calls.push({
          id: block.id,
          type: 'function',
          function: { name: block.name, arguments: JSON.stringify(block.input ?? {}) },
        });
        break;
      case 'thinking':
      case 'redacted_thinking':
        // What one model thought for itself is not told to another.
        break;
      default:
        throw unsupported(`${name}[${index}].type`, `A content block of type '${String(block.type)}'`);
    }
  });
  const content = texts.length === 0 && calls.length > 0 ? null : texts.join('');
  return { role: 'assistant', content, ...(calls.length > 0 && { tool_calls: calls }) };
}

function partOf(block: JsonObject, name: string): JsonObject {
  const { type, source } = block;
  if (type === 'text') return { type, text: textOf(block, name) };
  if (type === 'image' && isJsonObject(source)) {
    if (source.type === 'url' && typeof source.url === 'string') return imagePart(source.url);
    if (source.type === 'base64' && typeof source.data === 'string' && typeof source.media_type === 'string') {
      return imagePart(`data:${source.media_type};base64,${source.data}`);
    }
  }
  if (type === 'document' && isJsonObject(source) && source.type === 'text' && typeof source.data === 'string') {
    return { type: 'text', text: source.data };
  }
  throw unsupported(`${name}.type`, `A content block of type '${String(type)}' with this source`);
}

function imagePart(url: string): JsonObject {
  return { type: 'image_url', image_url: { url } };
}

function plainText(content: unknown, name: string): string {
  if (typeof content === 'string') return content;
  return blocksOf(content, name)
    .map((block, index) => textOf(block, `${name}[${index}]`))
    .join('\n');
}

function textOf({ type, text }: JsonObject, name: string): string {
  if (type !== 'text') throw unsupported(`${name}.type`, `A content block of type '${String(type)}'`);
  if (typeof text !== 'string') throw wrongType(`${name}.text`, 'a string');
  return text;
}

function blocksOf(content: unknown, name: string): JsonObject[] {
  if (!isGiven(content)) throw missing(name);
  if (!Array.isArray(content)) throw wrongType(name, 'a string or an array of blocks');
  return content.map((block: unknown, index) => {
    if (!isJsonObject(block)) throw wrongType(`${name}[${index}]`, 'an object');
    return block;
  });
}

/** The error for what cannot be metered, or not be said to other providers. */
export function unsupported(param: string, what: string) {
  return invalidRequest(`${what} is not supported here.`, { param, code: 'unsupported_feature' });
}
