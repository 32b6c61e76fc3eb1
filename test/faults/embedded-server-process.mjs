/**
 * A process with embedded servers, for tests that kill it.
 * Arguments: data directory, what is wanted (nothing for Postgres, `redis` for both, `redis-only`), and where the compiled project is (default `dist`).
 * Writes one JSON object per line: `{up}`, `{refused}`, `{log}`, `{fatal}`, `{stopped}`. SIGTERM and SIGINT stop it.
 */
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [dataDirSetting, wanted = '', dist = 'dist'] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const compiled = pathToFileURL(join(resolve(dist), 'src', 'embedded-servers.js')).href;
const { startEmbeddedServers } = await import(compiled);

const keepAlive = setInterval(() => undefined, 60_000);
const begunAtMs = performance.now();
try {
  const servers = await startEmbeddedServers({
    dataDirSetting: dataDirSetting || undefined,
    checkoutDir: process.cwd(),
    needPostgres: wanted !== 'redis-only',
    needRedis: wanted.startsWith('redis'),
    xdgDataHome: process.env.XDG_DATA_HOME,
    searchPath: process.env.PATH,
    postgresPatienceMs: process.env.POSTGRES_PATIENCE_MS && Number(process.env.POSTGRES_PATIENCE_MS),
    log: (log) => tell({ log }),
    onFatal: (fatal) => tell({ fatal }),
  });
  const stop = async () => {
    clearInterval(keepAlive);
    await servers.stop();
    tell({ stopped: true });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const { stop: omitted, ...up } = servers;
  tell({ up, tookMs: Math.round(performance.now() - begunAtMs) });
} catch (error) {
  clearInterval(keepAlive);
  tell({ refused: error.message, name: error.name });
  process.exitCode = 1;
}
