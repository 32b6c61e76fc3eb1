import type { Readable } from 'node:stream';
import { isJsonObject } from '../json/json-object.js';
import type { JsonObject } from '../json/json-object.js';
import type { WireFormat } from '../providers/provider.js';
import { failureError } from './call-failure.js';
import { BodyIdle, BodyTooLarge, readAtMost } from './read-at-most.js';

const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

/** The list that every answer of a format has. */
const LIST_OF: Readonly<Record<WireFormat, string>> = {
  'chat/completions': 'choices',
  completions: 'choices',
  embeddings: 'data',
  responses: 'output',
  messages: 'content',
};

export interface WholeAnswer {
  /** As the upstream sent them. */
  readonly bytes: Buffer;
  readonly answer: JsonObject;
  readonly format: WireFormat;
}

/**
 * Reads an answer that is not a stream and checks that it is one of its format.
 * @throws DomainError when it is not, is too large, stops coming or breaks off
 */
export async function readWholeAnswer(body: Readable, format: WireFormat, idleTimeoutMs: number): Promise<WholeAnswer> {
  const bytes = await readAnswerBytes(body, idleTimeoutMs);
  const answer = parse(bytes);
  if (answer?.error !== undefined && answer.error !== null) throw failureError('in_band_error');
  if (!Array.isArray(answer?.[LIST_OF[format]])) throw failureError('malformed');
  return { bytes, answer, format };
}

/**
 * Reads the bytes of an answer that is not a stream.
 * @throws DomainError when it is too large, stops coming or breaks off
 */
export async function readAnswerBytes(body: Readable, idleTimeoutMs: number): Promise<Buffer> {
  try {
    return await readAtMost(body, LARGEST_ANSWER_BYTES, idleTimeoutMs);
  } catch (error) {
    if (error instanceof BodyTooLarge) throw failureError('too_large', error);
    if (error instanceof BodyIdle) throw failureError('idle_timeout', error);
    throw failureError('connection_lost', error);
  }
}

function parse(bytes: Buffer): JsonObject | undefined {
  try {
    const answer: unknown = JSON.parse(bytes.toString());
    return isJsonObject(answer) ? answer : undefined;
  } catch {
    // What the upstream sent is not JSON: the caller says so.
    return undefined;
  }
}
