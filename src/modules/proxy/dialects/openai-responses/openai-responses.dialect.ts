import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { chatUpstreamCall } from '../chat-upstream-call.js';
import type { Dialect, WireRequest } from '../dialect.js';
import {
  invalidValue,
  isGiven,
  MAX_TOKENS_BOUND,
  optionalBoolean,
  positiveInteger,
  requireJsonBody,
  requireModel,
  wrongType,
} from '../openai-fields.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { refuseDeepJson, translatedRequest } from '../translated-request.js';
import { messagesOfInput, unsupported } from './responses-input.js';
import { ResponseEncoder } from './response.encoder.js';
import type { ResponseRequest } from './response-request.js';

/** Fields that need a conversation, a file or a prompt that is stored somewhere. */
const REFUSED_FIELDS = ['previous_response_id', 'conversation', 'prompt'];
/** Fields that mean the same in a chat completion. */
const SHARED_FIELDS = [
  'temperature',
  'top_p',
  'parallel_tool_calls',
  'metadata',
  'user',
  'service_tier',
  'top_logprobs',
];

/** OpenAI's responses, by translation to chat completions and back. */
export const OPENAI_RESPONSES: Dialect = {
  decode,
  upstreamCall: chatUpstreamCall,
  encode: (context) => new ResponseEncoder(context),
  explain: (error) => error,
};

function decode({ body: sent, rawBody }: WireRequest): ResponseRequest {
  const { body } = requireJsonBody(sent, rawBody);
  refuseDeepJson(body);
  for (const field of REFUSED_FIELDS) if (isGiven(body[field])) throw unsupported(field, `'${field}'`);
  if (body.background === true) throw unsupported('background', 'An answer in the background');
  const instructions = isGiven(body.instructions) ? requireText(body.instructions, 'instructions') : null;
  const model = requireModel(body.model);
  const limit = isGiven(body.max_output_tokens)
    ? positiveInteger(body.max_output_tokens, 'max_output_tokens', MAX_TOKENS_BOUND)
    : null;
  const shared = SHARED_FIELDS.filter((field) => isGiven(body[field])).map((field) => [field, body[field]]);
  const system = instructions === null ? [] : [{ role: 'system', content: instructions }];
  const chat: ChatRequest = translatedRequest(
    {
      ...(Object.fromEntries(shared) as JsonObject),
      model,
      messages: [...system, ...messagesOfInput(body.input)],
      stream: optionalBoolean(body.stream, 'stream') ?? false,
      ...toolsOf(body),
      ...formatOf(body.text),
      ...(isJsonObject(body.reasoning) &&
        isGiven(body.reasoning.effort) && { reasoning_effort: body.reasoning.effort }),
    },
    limit,
  );
  return { ...chat, asked: body };
}

function toolsOf({ tools, tool_choice: choice }: JsonObject): JsonObject {
  if (!isGiven(tools)) return {};
  if (!Array.isArray(tools)) throw wrongType('tools', 'an array');
  if (tools.length === 0) return {};
  return { tools: tools.map(toolOf), ...(isGiven(choice) && { tool_choice: choiceOf(choice) }) };
}

function toolOf(tool: unknown, index: number): JsonObject {
  if (!isJsonObject(tool)) throw wrongType(`tools[${index}]`, 'an object');
  const { type, ...called } = tool;
  if (type !== 'function') throw unsupported(`tools[${index}].type`, 'A tool hosted by the provider');
  return { type, function: withoutNulls(called) };
}

function choiceOf(choice: unknown): unknown {
  if (typeof choice === 'string') return choice;
  if (!isJsonObject(choice) || choice.type !== 'function') throw unsupported('tool_choice', 'This choice of tools');
  return { type: 'function', function: { name: choice.name } };
}

function formatOf(text: unknown): JsonObject {
  if (!isGiven(text)) return {};
  if (!isJsonObject(text)) throw wrongType('text', 'an object');
  const verbosity = isGiven(text.verbosity) ? { verbosity: text.verbosity } : {};
  if (!isJsonObject(text.format) || text.format.type === 'text') return verbosity;
  const { type, ...schema } = text.format;
  if (type === 'json_object') return { ...verbosity, response_format: { type } };
  if (type !== 'json_schema') throw invalidValue('text.format.type', 'must be text, json_object or json_schema');
  return { ...verbosity, response_format: { type, json_schema: withoutNulls(schema) } };
}

function requireText(value: unknown, name: string): string {
  if (typeof value !== 'string') throw wrongType(name, 'a string');
  return value;
}

/** Here null means absent; there a null is a value of the wrong type. */
function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
