import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Child, answers, freePort } from '../harness/child.mjs';
import { probe } from '../load/requests.mjs';

const VERSION = '1.15.2';
const INSTALL_WITHIN_MS = 90_000;
const run = promisify(execFile);

/**
 * Portkey's gateway, which has neither accounts nor limits nor books, as a peer. It is installed into the temporary directory
 * at the first time, and found there later.
 * @returns undefined when it cannot be had; `notice` is told why, `say` what is going on
 */
export async function startPortkey({ workDir, cores, upstream, say, notice }) {
  const program = await install(say, notice);
  if (program === undefined) return undefined;
  const port = await freePort();
  const child = new Child({
    name: 'Portkey',
    args: [program, `--port=${port}`, '--headless'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production' },
    cores,
    logFile: join(workDir, 'portkey.log'),
  });
  const headers = { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': upstream.baseUrl('portkey') };
  const path = '/v1/chat/completions';
  try {
    await child.untilReady(() => answers(`http://127.0.0.1:${port}${path}`, probe(headers)), 30_000);
  } catch (error) {
    notice(`Portkey is left out: ${error.message}`);
    await child.stop();
    return undefined;
  }
  return { name: 'portkey', port, path, headers, child, pids: [child.pid] };
}

async function install(say, notice) {
  const directory = join(tmpdir(), `gatehouse-bench-portkey-${VERSION}`);
  const program = join(directory, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js');
  if (existsSync(program)) return program;
  say(`Installing Portkey ${VERSION} into ${directory} ...`);
  await mkdir(directory, { recursive: true });
  try {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save', '--prefix', directory];
    await run('npm', ['install', ...flags, `@portkey-ai/gateway@${VERSION}`], {
      cwd: directory,
      timeout: INSTALL_WITHIN_MS,
    });
    return program;
  } catch (error) {
    const [reason] = (error.stderr || error.message).trim().split('\n');
    notice(`Portkey is left out, npm cannot install it (${reason}).`);
    return undefined;
  }
}
