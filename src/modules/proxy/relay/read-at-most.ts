import type { Readable } from 'node:stream';

/** A body that is larger than it may be. */
export class BodyTooLarge extends Error {
  constructor(largestBytes: number) {
    super(`the body has more than ${largestBytes} bytes`);
    this.name = 'BodyTooLarge';
  }
}

/** A body of which nothing came for too long. */
export class BodyIdle extends Error {
  constructor(idleTimeoutMs: number) {
    super(`nothing of the body came for ${idleTimeoutMs} ms`);
    this.name = 'BodyIdle';
  }
}

/**
 * Reads a whole body into memory, and destroys it when that fails.
 * @param idleTimeoutMs longest wait for the next piece
 * @throws BodyTooLarge, BodyIdle, or the stream's own error
 */
export function readAtMost(body: Readable, largestBytes: number, idleTimeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let ended = false;
    const timer = setTimeout(() => fail(new BodyIdle(idleTimeoutMs)), idleTimeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
      body.destroy();
    };
    body.on('data', (chunk: Buffer) => {
      timer.refresh();
      bytes += chunk.length;
      if (bytes > largestBytes) fail(new BodyTooLarge(largestBytes));
      else chunks.push(chunk);
    });
    body.on('end', () => {
      ended = true;
      clearTimeout(timer);
      resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, bytes));
    });
    body.on('error', fail);
    body.on('close', () => {
      if (!ended) fail(new Error('the body was closed before its end'));
    });
  });
}
