import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedServerError } from './embedded-server-error.js';
import { errorCode } from './error-code.js';
import type { OsAccount } from './os-account.js';
import { ensurePrivateDirectory } from './owned-directory.js';

/** The kernel takes 103 bytes of socket path at least; the longest socket name and its terminator need 18 of them. */
const MAX_PATH_BYTES = 85;
/** Anything else would have to be quoted differently in a setting of Postgres, a URL and a setting of Redis. */
const PLAIN_PATH = /^[A-Za-z0-9/._-]+$/;

/**
 * Prepares the private directory (0700) that holds the servers' sockets: `run` in the data directory, or one in the
 * temporary directory where that path is too long or has unusual characters.
 */
export async function prepareRunDir(dataDir: string, account: OsAccount | undefined): Promise<string> {
  const preferred = join(dataDir, 'run');
  if (isUsable(preferred)) {
    await ensurePrivateDirectory(preferred, account);
    return preferred;
  }
  const hash = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const inTemp = join(tmpdir(), `gatehouse-${hash}`);
  const path = isUsable(inTemp) && !account ? inTemp : `/tmp/gatehouse-${hash}`;
  await claimInSharedDirectory(path, account);
  await ensurePrivateDirectory(path, account);
  return path;
}

function isUsable(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_PATH_BYTES && PLAIN_PATH.test(path);
}

/** Everybody may write to the temporary directory, so what is found there must be a directory of our own. */
async function claimInSharedDirectory(path: string, account: OsAccount | undefined): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
    return;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') {
      throw new EmbeddedServerError(`Cannot create ${path} for the sockets (${errorCode(error)}).`, { cause: error });
    }
  }
  const found = await lstat(path);
  const owners = [process.getuid?.(), account?.uid];
  if (!found.isDirectory() || !owners.includes(found.uid)) {
    throw new EmbeddedServerError(`${path} is needed for the sockets, but belongs to somebody else: remove it.`);
  }
}
