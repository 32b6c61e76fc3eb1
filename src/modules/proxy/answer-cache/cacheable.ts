import { isJsonObject } from '../json/json-object.js';
import type { JsonObject } from '../json/json-object.js';
import type { UpstreamCall } from '../providers/provider.js';

/** Larger questions are rarely asked twice, and would have to be read again to know. */
const LARGEST_QUESTION_BYTES = 256 * 1024;
/** Whatever lets an answer depend on more than the question, or do more than answer it. */
const REACHING_OUT = [
  ...['tools', 'functions', 'mcp_servers', 'container', 'web_search_options', 'plugins', 'search_parameters'],
  ...['store', 'background', 'conversation', 'previous_response_id', 'audio'],
];
const LINK_FIELDS = ['url', 'image_url', 'file_url'];

/**
 * Whether the same question may be answered from the cache: embeddings, and what is asked with `temperature: 0`, as long as
 * there are no tools in it, nothing that the provider would look up or store, and no links to content that can change.
 */
export function isCacheable({ format, body }: Pick<UpstreamCall, 'format' | 'body'>): boolean {
  if (body.length > LARGEST_QUESTION_BYTES) return false;
  const question: unknown = JSON.parse(body.toString());
  if (!isJsonObject(question)) return false;
  if (format === 'embeddings') return true;
  return question.temperature === 0 && !reachesOut(question) && !hasLinks(question);
}

function reachesOut(question: JsonObject): boolean {
  const searches = typeof question.model === 'string' && question.model.endsWith(':online');
  return searches || REACHING_OUT.some((field) => isGiven(question[field]));
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
}

function hasLinks(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasLinks);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(
    ([field, item]) =>
      (typeof item === 'string' && LINK_FIELDS.includes(field) && !item.startsWith('data:')) || hasLinks(item),
  );
}
