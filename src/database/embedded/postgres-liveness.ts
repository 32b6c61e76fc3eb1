import { closeSync, openSync, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { errorCode } from '../../common/supervision/error-code.js';
import { logSize } from '../../common/supervision/server-log.js';
import { sqlState } from '../postgres-errors.js';

const CANNOT_CONNECT_NOW = '57P03';
const TAIL_BYTES = 1_000_000;
/** As Postgres says it every ten seconds of a long start: `redo in progress, elapsed time: 20.00 s, current LSN: 0/9F2`. */
const PROGRESS = /elapsed time: [\d.]+ s, current (?:LSN|path): (.+)$/gm;

/**
 * Why the server takes no connection: that it is starting up, recovering or shutting down, or that nobody answers.
 * Undefined when it does take one, or refuses it for another reason: it answers then.
 */
export async function troubleOf(url: string, timeoutMs: number): Promise<string | undefined> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: timeoutMs });
  let late: unknown;
  client.on('error', (error) => {
    late = error;
  });
  try {
    await client.connect();
    await Promise.race([client.end(), sleep(timeoutMs)]);
    return undefined;
  } catch (error) {
    const state = sqlState(error);
    if (state === CANNOT_CONNECT_NOW) return (error as Error).message;
    return state === undefined ? errorCode(late ?? error) : undefined;
  }
}

/** How far a start that takes long has got, in words that change while it gets on; undefined when none is told of. */
export function startProgress(logFile: string): string | undefined {
  return Array.from(tail(logFile).matchAll(PROGRESS)).at(-1)?.[1];
}

function tail(path: string): string {
  const size = logSize(path);
  if (size === 0) return '';
  const buffer = Buffer.alloc(Math.min(size, TAIL_BYTES));
  const descriptor = openSync(path, 'r');
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, size - buffer.length));
  } finally {
    closeSync(descriptor);
  }
}
