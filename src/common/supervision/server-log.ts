import { closeSync, fchmodSync, fchownSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { isRoot } from './os-account.js';
import type { OsAccount } from './os-account.js';

const ROTATE_ABOVE_BYTES = 1_000_000;
const COMPLAINT = /\b(?:FATAL|PANIC|ERROR|[Ee]rror|[Cc]an't|Cannot)\b/;

/** Opens a server's log for appending and hands the descriptor to `use`. A big log is set aside first, once. */
export function withServerLog<T>(path: string, account: OsAccount | undefined, use: (descriptor: number) => T): T {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_ABOVE_BYTES) renameSync(path, `${path}.1`);
  const descriptor = openSync(path, 'a', 0o600);
  try {
    if (account && isRoot()) fchownSync(descriptor, account.uid, account.gid);
    fchmodSync(descriptor, 0o600);
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Present size of a log in bytes, 0 when there is none. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** The last line after byte `from` that tells of a failure, without its time stamp; else the last line; else undefined. */
export function lastComplaint(path: string, from: number): string | undefined {
  if (logSize(path) <= from) return undefined;
  return findComplaint(readFileSync(path).subarray(from).toString());
}

/** As `lastComplaint`, over the output of a program. */
export function findComplaint(output: string): string | undefined {
  const lines = output.split('\n').map((line) => line.replace(/^[\d:. -]+[A-Z]* \[\d+\] /, '').trim());
  return lines.findLast((line) => COMPLAINT.test(line)) ?? lines.findLast((line) => line !== '');
}
