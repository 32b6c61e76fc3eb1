import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { findProcess, listProcesses } from '../../src/common/supervision/process-table.js';
import type { ProcessInfo } from '../../src/common/supervision/process-table.js';
import { ServerProcess, postgresPid, processStopped, query, temporaryDirectory } from './embedded-server-harness.js';
import { until } from '../support/until.js';

jest.setTimeout(240_000);

/** Long enough for a busy machine to answer in. */
const PATIENCE_MS = 6_000;
const WITHIN = { timeoutMs: 90_000, intervalMs: 50 };
const TOO_MANY_CONNECTIONS = '53300';
const HANGS = /^Postgres runs, but has taken no connection for \d+ s \((.+)\); starting it again\.$/;

let directory: ReturnType<typeof temporaryDirectory>;
let server: ServerProcess;
/** Whatever a test has stopped and not seen die. */
const stopped = new Set<number>();

beforeEach(async () => {
  directory = temporaryDirectory();
  server = await ServerProcess.up(directory.path, '', { POSTGRES_PATIENCE_MS: String(PATIENCE_MS) });
});

afterEach(async () => {
  for (const pid of stopped) if (!processStopped(pid)) process.kill(pid, 'SIGCONT');
  stopped.clear();
  await server.stop();
  directory.remove();
});

function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  stopped.add(pid);
}

/** The reasons that were told for starting it again. */
function hangs(): string[] {
  return server.reports.flatMap(({ log }) => HANGS.exec(log ?? '')?.[1] ?? []);
}

async function untilUpAgain(): Promise<void> {
  const isUp = () => server.reports.some(({ log }) => log === 'Postgres is up again.');
  await until('Postgres to be up again', isUp, WITHIN);
}

/** Rows that are in the log of Postgres and not yet in its tables: to redo them takes a while. */
async function fill(): Promise<number> {
  await query(
    server.databaseUrl,
    'CREATE TABLE rows AS SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 400000) n',
  );
  const [{ count }] = await query(server.databaseUrl, 'SELECT count(*)::int AS count FROM rows');
  return Number(count);
}

function findChild(name: string): number | undefined {
  const isIt = ({ command, zombie }: ProcessInfo) =>
    !zombie && command.startsWith('postgres: ') && command.includes(`: ${name}`) && isOurs(command);
  return listProcesses().find(isIt)?.pid;
}

function childNamed(name: string): number {
  const pid = findChild(name);
  if (pid === undefined) throw new Error(`Postgres has no ${name}`);
  return pid;
}

/** Every process of this Postgres carries the name of its cluster in its title. */
function isOurs(command: string): boolean {
  const name = /gatehouse-[0-9a-f]{12}/;
  return name.exec(command)?.[0] === name.exec(findProcess(postgresPid(directory.path))?.command ?? '')?.[0];
}

it('starts Postgres again when it hangs, says so in one line, and what was committed is there', async () => {
  await query(server.databaseUrl, 'CREATE TABLE survivors AS SELECT 1 AS id');
  const pid = postgresPid(directory.path);
  freeze(pid);
  await untilUpAgain();
  expect(postgresPid(directory.path)).not.toBe(pid);
  expect(processStopped(pid)).toBe(true);
  expect(await query(server.databaseUrl, 'SELECT id FROM survivors')).toEqual([{ id: 1 }]);
  expect(hangs()).toEqual(['timeout expired']);
  expect(server.reports.filter(({ fatal }) => fatal)).toEqual([]);
});

it('starts Postgres again when its recovery hangs, which refuses everybody although the server runs', async () => {
  const rows = await fill();
  const pid = postgresPid(directory.path);
  let startup: number | undefined;
  for (let attempt = 0; startup === undefined && attempt < 10; attempt += 1) {
    process.kill(childNamed('checkpointer'), 'SIGKILL');
    const deadline = Date.now() + 3_000;
    while (startup === undefined && Date.now() < deadline) startup = findChild('startup');
    if (startup === undefined) await sleep(1_000);
  }
  if (startup === undefined) throw new Error('no recovery was seen');
  freeze(startup);
  await expect(query(server.databaseUrl, 'SELECT 1')).rejects.toThrow(/the database system is/);
  expect(postgresPid(directory.path)).toBe(pid);

  await untilUpAgain();
  expect(processStopped(startup)).toBe(true);
  expect(hangs()).toEqual([
    expect.stringMatching(/^the database system is (in recovery mode|starting up|not yet accepting connections)$/),
  ]);
  expect(await query(server.databaseUrl, 'SELECT count(*)::int AS count FROM rows')).toEqual([{ count: rows }]);
});

/** Takes every connection there is; resolves with how the next one was refused. */
async function takeAllConnections(held: Client[]): Promise<unknown> {
  for (;;) {
    const client = new Client({ connectionString: server.databaseUrl });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      return error;
    }
    held.push(client);
  }
}

it('leaves Postgres alone while it answers: when it has no connection left, and when it recovers by itself', async () => {
  const pid = postgresPid(directory.path);
  const held: Client[] = [];
  try {
    expect(await takeAllConnections(held)).toMatchObject({ code: TOO_MANY_CONNECTIONS });
    await sleep(2 * PATIENCE_MS);
    expect(hangs()).toEqual([]);
  } finally {
    await Promise.all(held.map((client) => client.end()));
  }

  process.kill(childNamed('checkpointer'), 'SIGKILL');
  await until('recovery', () => query(server.databaseUrl, 'SELECT 1').catch(() => undefined), WITHIN);
  expect(postgresPid(directory.path)).toBe(pid);
  expect(hangs()).toEqual([]);
});
