import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Child, answers, freePort } from '../harness/child.mjs';
import { childrenOf } from '../harness/proc.mjs';

export const ROOT = join(import.meta.dirname, '..', '..');
/** As in package.json. */
const NODE_ARGS = ['--max-semi-space-size=32'];
const PRODUCTION = { NODE_ENV: 'production', JWT_SECRET_KEY: 'a secret of the bench, with 0123456789 in it' };

/**
 * Starts Gatehouse as `npm start` does, with its defaults: every check, limit and book is on, and so are its logs.
 * @param {{name?: string, caller?: string, workDir: string, cores?: string, upstream: object, database?: {url: string, redisUrl?: string},
 *   production?: boolean, env?: object, nodeArgs?: string[]}} options `caller` is whom the upstream counts
 *   its calls for; without a database it brings its own
 */
export async function startGatehouse({
  name = 'gatehouse',
  caller = 'gatehouse',
  workDir,
  cores,
  upstream,
  database,
  production = false,
  env,
  nodeArgs = [],
}) {
  const port = await freePort();
  const dataDir = join(workDir, `${name}-data`);
  mkdirSync(dataDir, { recursive: true });
  const child = new Child({
    name: 'Gatehouse',
    args: [...NODE_ARGS, ...nodeArgs, join(ROOT, 'scripts', 'start.mjs')],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      // As under npm: it then ends with us, whatever becomes of us.
      npm_lifecycle_event: 'start',
      HOST: '127.0.0.1',
      PORT: String(port),
      GATEHOUSE_DATA_DIR: dataDir,
      OPENAI_API_KEY: 'sk-bench',
      OPENAI_BASE_URL: upstream.baseUrl(caller),
      ...(database === undefined ? {} : { DATABASE_URL: database.url, REDIS_URL: database.redisUrl ?? 'none' }),
      ...(production ? PRODUCTION : {}),
      ...env,
    },
    // Away from the checkout, whose .env and gatehouse.yaml are its owner's business.
    cwd: database === undefined ? ROOT : workDir,
    cores,
    logFile: join(workDir, `${name}.log`),
  });
  await child.untilReady(() => answers(`http://127.0.0.1:${port}/health/ready`), 60_000, 20);
  const workers = Number(env?.WEB_CONCURRENCY ?? 1) > 1;
  return {
    name,
    port,
    path: '/v1/chat/completions',
    headers: {},
    child,
    get pids() {
      return workers ? [child.pid, ...childrenOf(child.pid)] : [child.pid];
    },
  };
}
