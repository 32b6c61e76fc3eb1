import { chmod, lchown, lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isRoot } from './os-account.js';
import type { OsAccount } from './os-account.js';

/** Creates `path` if need be, for the eyes of `account` (or ourselves) alone, with everything in it owned by it. */
export async function ensurePrivateDirectory(path: string, account: OsAccount | undefined): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o700);
  if (account && isRoot() && (await lstat(path)).uid !== account.uid) await giveTree(path, account);
}

/** Gives a whole directory tree to an account. Symbolic links are changed themselves and not followed. */
export async function giveTree(path: string, account: OsAccount): Promise<void> {
  const entries = (await lstat(path)).isDirectory() ? await readdir(path) : [];
  for (const entry of entries) await giveTree(join(path, entry), account);
  await lchown(path, account.uid, account.gid);
}
