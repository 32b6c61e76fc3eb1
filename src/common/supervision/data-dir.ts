import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { chmod, mkdir, rmdir, unlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { EmbeddedServerError } from './embedded-server-error.js';
import { errorCode } from './error-code.js';
import { findUnprivilegedAccount, isRoot, ownerOf } from './os-account.js';
import type { OsAccount } from './os-account.js';
import { runAs } from './run-as.js';

export interface DataDirRequest {
  /** `GATEHOUSE_DATA_DIR`; when set, only this directory is considered. */
  dataDirSetting?: string;
  checkoutDir: string;
  /** `XDG_DATA_HOME`; `~/.local/share` when absent. */
  xdgDataHome?: string;
  log(message: string): void;
}

/** The directory of everything this installation keeps outside `DATABASE_URL`. It exists and can be written. */
export interface DataDir {
  path: string;
  /** Account for child processes when we are root; undefined otherwise, or when the machine has none. */
  account?: OsAccount;
  /** Whether `account` can enter `path`. Always true for a directory that was not named by the setting. */
  reachable: boolean;
}

/** Name of the Postgres cluster's directory; the number is the major version whose files it holds. */
export const CLUSTER_DIRECTORY = 'pg18';

const OTHERS_MAY_ENTER = 0o011;

/**
 * Finds (and creates) the data directory: the setting alone if there is one, else `.data` in the checkout, else a
 * place per checkout under `/var/lib/gatehouse` (root) or the user's data home. Takes no lock.
 * @throws EmbeddedServerError naming each path that was tried, and why it cannot be used
 */
export async function resolveDataDir(request: DataDirRequest): Promise<DataDir> {
  const named = Boolean(request.dataDirSetting);
  const refusals: string[] = [];
  for (const path of candidates(request)) {
    const outcome = await tryDirectory(path, named);
    if (typeof outcome !== 'string') {
      if (refusals.length > 0) {
        request.log(`ATTENTION: the data is kept in ${path}, because ${refusals.join(' and ')}.`);
      }
      return outcome;
    }
    refusals.push(outcome);
  }
  const advice = named ? 'Set GATEHOUSE_DATA_DIR to another directory.' : 'Set GATEHOUSE_DATA_DIR to one that can.';
  throw new EmbeddedServerError(`No directory for the data: ${refusals.join('; ')}. ${advice}`);
}

function candidates({ dataDirSetting, checkoutDir, xdgDataHome }: DataDirRequest): string[] {
  if (dataDirSetting) return [resolve(dataDirSetting)];
  const hash = createHash('sha256').update(realpathSync(checkoutDir)).digest('hex').slice(0, 12);
  const shared = isRoot() ? '/var/lib' : userDataHome(xdgDataHome);
  return [join(resolve(checkoutDir), '.data'), join(shared, 'gatehouse', hash)];
}

function userDataHome(xdgDataHome: string | undefined): string {
  return xdgDataHome && isAbsolute(xdgDataHome) ? xdgDataHome : join(homedir(), '.local', 'share');
}

/** Answers the directory, or the reason why it cannot be used. */
async function tryDirectory(path: string, named: boolean): Promise<DataDir | string> {
  let created: string | undefined;
  try {
    created = await mkdir(path, { recursive: true, mode: 0o700 });
    const probe = join(path, `.probe-${process.pid}`);
    await writeFile(probe, 'probe');
    await unlink(probe);
  } catch (error) {
    return `${path} cannot be written (${await reasonAgainst(path, error)})`;
  }
  const account = isRoot() ? (ownerOf(join(path, CLUSTER_DIRECTORY)) ?? findUnprivilegedAccount()) : undefined;
  if (!account) return { path, reachable: true };
  await letOthersEnter(created, path);
  const { code } = await runAs(account, '/bin/sh', ['-c', 'cd "$1"', 'sh', path]);
  if (code === 0 || named) return { path, account, reachable: code === 0 };
  if (created === path) await rmdir(path);
  return `${path} cannot be entered by the user ${account.name}, whom the servers run as`;
}

/** Node says ENOENT when a recursive mkdir fails on a read-only file system; a plain one tells the real reason. */
async function reasonAgainst(path: string, error: unknown): Promise<string> {
  if (errorCode(error) !== 'ENOENT') return errorCode(error);
  try {
    await mkdir(path);
    await rmdir(path);
    return 'ENOENT';
  } catch (realError) {
    return errorCode(realError);
  }
}

/** Lets the servers' account pass through the directories that are ours: the data directory, and parents just made. */
async function letOthersEnter(created: string | undefined, path: string): Promise<void> {
  let current = path;
  while (current === path || (created !== undefined && !relative(created, current).startsWith('..'))) {
    const { mode, uid } = statSync(current);
    if (uid === 0 && (mode & OTHERS_MAY_ENTER) !== OTHERS_MAY_ENTER) await chmod(current, mode | OTHERS_MAY_ENTER);
    current = dirname(current);
  }
}
