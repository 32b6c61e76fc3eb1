import type { Readable } from 'node:stream';
import { isJsonObject } from '../json/json-object.js';
import type { JsonObject } from '../json/json-object.js';
import { failureError } from './call-failure.js';
import { BodyIdle, BodyTooLarge, readAtMost } from './read-at-most.js';

const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

export interface WholeAnswer {
  /** As the upstream sent them. */
  readonly bytes: Buffer;
  readonly completion: JsonObject;
}

/**
 * Reads an answer that is not a stream and checks that it is a chat completion.
 * @throws DomainError when it is not, is too large, stops coming or breaks off
 */
export async function readWholeAnswer(body: Readable, idleTimeoutMs: number): Promise<WholeAnswer> {
  const bytes = await readAnswerBytes(body, idleTimeoutMs);
  const completion = parse(bytes);
  if (completion?.error !== undefined && completion.error !== null) throw failureError('in_band_error');
  if (!Array.isArray(completion?.choices)) throw failureError('malformed');
  return { bytes, completion: completion };
}

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
