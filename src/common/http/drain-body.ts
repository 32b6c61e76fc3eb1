import type { IncomingMessage } from 'node:http';

/** What a client that sends too much may still send, so that it reads our refusal instead of a reset connection. */
const DRAIN_AT_MOST_BYTES = 64 * 1024 * 1024;
const DRAIN_WITHIN_MS = 10_000;

/** Reads the rest of a request's body and throws it away. Resolves at its end, or when that takes too much or too long. */
export function drainBody(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(finish, DRAIN_WITHIN_MS).unref();
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > DRAIN_AT_MOST_BYTES) finish();
    });
    request.once('close', finish).once('end', finish);
    request.resume();
  });
}
