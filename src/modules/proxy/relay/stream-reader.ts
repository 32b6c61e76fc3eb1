import { isJsonObject } from '../json/json-object.js';
import type { JsonObject } from '../json/json-object.js';
import type { CallFailure } from './call-failure.js';
import type { SseEvent } from './sse-parser.js';

/** What an event of an upstream's stream means. A chunk is one of OpenAI's, or tells the tally the same. */
export type StreamStep =
  | { readonly kind: 'chunk'; readonly chunk: JsonObject }
  | { readonly kind: 'comment' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly failure: CallFailure };

/** Reads the events of one stream, in order. */
export interface StreamReader {
  read(event: SseEvent): StreamStep;
}

export const COMMENT: StreamStep = { kind: 'comment' };
export const DONE: StreamStep = { kind: 'done' };
export const MALFORMED: StreamStep = { kind: 'failed', failure: 'malformed' };
export const IN_BAND_ERROR: StreamStep = { kind: 'failed', failure: 'in_band_error' };

/** Streams in OpenAI's format, which end with [DONE]. */
export const OPENAI_STREAM: StreamReader = {
  read({ data, name }) {
    if (name === 'error') return IN_BAND_ERROR;
    if (data === null) return COMMENT;
    if (data.trimEnd() === '[DONE]') return DONE;
    const chunk = parseEventData(data);
    if (chunk === undefined) return MALFORMED;
    return isTruthy(chunk.error) ? IN_BAND_ERROR : { kind: 'chunk', chunk };
  },
};

export function parseEventData(data: string): JsonObject | undefined {
  try {
    const chunk: unknown = JSON.parse(data);
    return isJsonObject(chunk) ? chunk : undefined;
  } catch {
    // What the upstream sent is not JSON: the caller ends the stream as malformed.
    return undefined;
  }
}

function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}
