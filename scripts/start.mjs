/** What `npm start` runs: checks Node, builds when need be, and becomes the server (one process, no child). */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const parentPid = process.ppid;

function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  refuse(`Gatehouse needs Node ${OLDEST_NODE.join('.')} or later; this is ${process.versions.node}.`);
}
if (!existsSync(join(root, 'node_modules', '@nestjs', 'core')))
  refuse('The dependencies are not installed. Run: npm ci');

await build();
// A killed npm passes no signal on; whoever started us is gone, so nobody wants this server.
if (process.env.npm_lifecycle_event && process.ppid !== parentPid) process.exit(0);
await import(pathToFileURL(join(root, 'dist', 'src', 'main.js')).href);

async function build() {
  const { BuildError, ensureBuilt } = await import('./build.mjs');
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    await ensureBuilt(root, { log: (message) => process.stdout.write(`${message}\n`), signal: stop.signal });
  } catch (error) {
    if (stop.signal.aborted) process.exit(0);
    if (!(error instanceof BuildError)) throw error;
    refuse(error.message);
  }
  if (stop.signal.aborted) process.exit(0);
  process.off('SIGINT', onSignal);
  process.off('SIGTERM', onSignal);
}
