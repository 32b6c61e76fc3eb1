import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';

/** An account of the operating system that child processes run under. */
export interface OsAccount {
  name: string;
  uid: number;
  gid: number;
}

/** Postgres refuses to run as root; the first of these that exists takes its place. */
const PREFERRED_ACCOUNTS = ['postgres', 'node', 'nobody'];

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** First of postgres, node, nobody that exists on this machine; undefined when none does. */
export function findUnprivilegedAccount(): OsAccount | undefined {
  const accounts = readAccounts();
  for (const name of PREFERRED_ACCOUNTS) {
    const found = accounts.find((account) => account.name === name && account.uid !== 0);
    if (found) return found;
  }
  return undefined;
}

/** The account that owns a file or directory; undefined when there is no such file or root owns it. */
export function ownerOf(path: string): OsAccount | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found || found.uid === 0) return undefined;
  const known = readAccounts().find((account) => account.uid === found.uid);
  return { name: known?.name ?? String(found.uid), uid: found.uid, gid: known?.gid ?? found.gid };
}

/** Name of the user this process runs as, or its number where the user has no name (as in some containers). */
export function currentUserName(): string {
  try {
    return userInfo().username;
  } catch {
    // Node throws for a uid without an entry in the password file; its number is all there is to show.
    return String(process.getuid?.() ?? 'unknown');
  }
}

function readAccounts(): OsAccount[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name, , uid, gid]) => ({ name, uid: toUnsigned(uid), gid: toUnsigned(gid) }));
}

/** macOS writes nobody's number as -2. */
function toUnsigned(id: string): number {
  return Number(id) >>> 0;
}
