import { isJsonObject } from '../../json/json-object.js';
import { rawMember, spliceJsonObject } from '../../json/json-splice.js';
import type { ChatRequest, CompletionLimitField } from './chat-request.js';

/** Names that are ours, or that some upstreams obey in ways that would get around the gateway. */
export const STRIPPED_FIELDS: ReadonlySet<string> = new Set([
  'task_id',
  'access_token',
  'api_key',
  'api_base',
  'base_url',
]);
/** Models that know only the newer name of the limit. */
const REASONING_MODEL = /^(?:openai\/)?(?:o\d|gpt-5)/;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * The body that goes upstream: the client's bytes with the target's model name, the limit that was admitted, usage
 * asked for on streams, and our own names taken out.
 * @param completionTokensAllowed for one choice
 */
export function upstreamBody(request: ChatRequest, upstreamModel: string, completionTokensAllowed: number): Buffer {
  const set: Record<string, string> = { model: JSON.stringify(upstreamModel) };
  for (const field of limitFieldsFor(request, upstreamModel)) set[field] = String(completionTokensAllowed);
  if (request.stream) set.stream_options = streamOptionsAskingForUsage(request);
  return spliceJsonObject(request.rawBody, { set, remove: STRIPPED_FIELDS });
}

function limitFieldsFor(request: ChatRequest, upstreamModel: string): readonly CompletionLimitField[] {
  if (request.limitFields.length > 0) return request.limitFields;
  return [REASONING_MODEL.test(upstreamModel) ? 'max_completion_tokens' : 'max_tokens'];
}

function streamOptionsAskingForUsage(request: ChatRequest): string {
  const options = isJsonObject(request.body.stream_options) ? rawMember(request.rawBody, 'stream_options') : undefined;
  const changes = { set: { include_usage: 'true' }, remove: NOTHING };
  return spliceJsonObject(options ?? Buffer.from('{}'), changes).toString();
}
