/**
 * Brings dist/ up to date: compiles when the sources differ from those of the last build. Run by itself it is
 * `npm run build`; start.mjs uses `ensureBuilt`.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SOURCE_DIRECTORIES = ['src', 'migrations'];
const SOURCE_FILES = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];
const LOCK_REFRESH_MS = 500;
const LOCK_DEAD_AFTER_MS = 4_000;
const LOCK_POLL_MS = 200;

/** A build that cannot be had; `message` is for the operator. */
export class BuildError extends Error {}

/**
 * Builds when need be. Safe to call from several processes at once: one builds, the others wait for it.
 * @param {string} root the checkout
 * @param {{log(message: string): void, signal?: AbortSignal}} options `signal` ends a running compiler
 * @throws {BuildError} with the compiler's output, or the reason why it could not run
 */
export async function ensureBuilt(root, { log, signal }) {
  if (!needsBuild(root)) return;
  await withLock(root, async () => {
    if (!needsBuild(root)) return;
    log('Building Gatehouse (only after a change of the sources) ...');
    const sources = hashSources(root);
    if (!existsSync(mainFile(root))) rmSync(join(root, 'dist', '.tsbuildinfo'), { force: true });
    await compile(root, signal);
    removeOrphans(root);
    writeFileSync(stampFile(root), sources);
  });
}

function needsBuild(root) {
  const built = existsSync(mainFile(root));
  if (!existsSync(join(root, 'src', 'main.ts')) || !existsSync(compiler(root))) {
    if (built) return false;
    throw new BuildError('There is nothing to start: no dist/, and no compiler to make it. Run: npm ci');
  }
  if (!built) return true;
  const stamp = stampFile(root);
  return !existsSync(stamp) || readFileSync(stamp, 'utf8') !== hashSources(root);
}

/** By content: a clone, a copy or a `touch` changes times and nothing else. */
function hashSources(root) {
  const hash = createHash('sha256');
  const paths = [...SOURCE_FILES, ...SOURCE_DIRECTORIES.flatMap((directory) => sourcesBelow(root, directory))];
  for (const path of paths) {
    const full = join(root, path);
    if (existsSync(full)) hash.update(`${path}\0`).update(readFileSync(full)).update('\0');
  }
  return hash.digest('hex');
}

function sourcesBelow(root, directory) {
  if (!existsSync(join(root, directory))) return [];
  return filesBelow(join(root, directory))
    .filter((path) => !path.endsWith('.spec.ts'))
    .map((path) => relative(root, path))
    .sort();
}

function filesBelow(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function compile(root, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [compiler(root), 'build'], {
      cwd: root,
      signal,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new BuildError(`The build failed:\n${output.trim()}`));
    });
  });
}

/** A source that is gone must not live on as its old output: migrations are found by looking into their folder. */
function removeOrphans(root) {
  const dist = join(root, 'dist');
  for (const directory of SOURCE_DIRECTORIES.filter((name) => existsSync(join(dist, name)))) {
    for (const output of filesBelow(join(dist, directory))) {
      const match = /^(.*?)(\.d\.ts|\.js)(\.map)?$/.exec(output);
      if (match && !existsSync(join(root, `${relative(dist, match[1])}.ts`))) rmSync(output);
    }
  }
}

async function withLock(root, work) {
  const lock = join(root, 'dist', '.build-lock');
  while (!takeLock(root, lock)) await sleep(LOCK_POLL_MS);
  const refresh = setInterval(() => {
    const now = new Date();
    if (isOurs(lock)) utimesSync(lock, now, now);
  }, LOCK_REFRESH_MS);
  try {
    await work();
  } finally {
    clearInterval(refresh);
    if (isOurs(lock)) rmSync(lock, { force: true });
  }
}

/** After a long standstill of this process another one may have taken the lock for dead, and over. */
function isOurs(lock) {
  return existsSync(lock) && readFileSync(lock, 'utf8') === String(process.pid);
}

function takeLock(root, lock) {
  try {
    mkdirSync(dirname(lock), { recursive: true });
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw readOnly(root, error);
  }
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > LOCK_DEAD_AFTER_MS) rmSync(lock, { force: true });
  return false;
}

function readOnly(root, error) {
  const state = existsSync(mainFile(root)) ? 'out of date' : 'missing';
  return new BuildError(
    `dist/ is ${state} and ${root} cannot be written (${error.code ?? error.message}): ` +
      'run `npm run build` there as a user who may write.',
  );
}

function compiler(root) {
  return join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
}

function mainFile(root) {
  return join(root, 'dist', 'src', 'main.js');
}

function stampFile(root) {
  return join(root, 'dist', '.build-stamp');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  try {
    await ensureBuilt(root, { log: (message) => process.stdout.write(`${message}\n`) });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
