import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ServerProcess,
  eventually,
  postgresPid,
  processStopped,
  query,
  temporaryDirectory,
} from './embedded-server-harness.js';

jest.setTimeout(60_000);

describe('the embedded Postgres', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  const started: ServerProcess[] = [];

  async function up(dataDir = directory.path): Promise<ServerProcess> {
    const server = await ServerProcess.up(dataDir);
    started.push(server);
    return server;
  }

  beforeAll(() => {
    directory = temporaryDirectory();
  });

  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
  });

  afterAll(() => directory.remove());

  it('starts from an empty directory as an ordinary user, with durable commits and no TCP port', async () => {
    const { databaseUrl } = await up();
    const [settings] = await query(
      databaseUrl,
      `SELECT current_database() AS database, current_user AS role, current_setting('listen_addresses') AS tcp,
              current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits,
              current_setting('server_encoding') AS encoding,
              (SELECT datlocale FROM pg_database WHERE datname = current_database()) AS locale`,
    );
    expect(settings).toEqual({
      database: 'gatehouse',
      role: 'gatehouse',
      tcp: '',
      fsync: 'on',
      commits: 'on',
      encoding: 'UTF8',
      locale: 'C.UTF-8',
    });
  });

  it('goes away with a killed parent and loses no committed row', async () => {
    const server = await up();
    const { databaseUrl } = server;
    await query(databaseUrl, 'CREATE TABLE IF NOT EXISTS receipts (id int PRIMARY KEY)');
    await query(databaseUrl, 'TRUNCATE receipts');
    const pid = postgresPid(directory.path);
    const writer = writeUntilItFails(databaseUrl);
    await eventually(async () => (writer.committed() >= 20 ? true : undefined));

    await server.killHard();
    await writer.done;
    await eventually(async () => (processStopped(pid) ? true : undefined));

    const again = await up();
    const [{ count }] = await query(again.databaseUrl, 'SELECT count(*)::int AS count FROM receipts');
    expect(count).toBeGreaterThanOrEqual(writer.committed());
    // At most the one that was under way is there without having been confirmed.
    expect(count).toBeLessThanOrEqual(writer.committed() + 1);
  });

  it('starts Postgres again after its crash, and connections work again', async () => {
    const server = await up();
    await query(server.databaseUrl, 'CREATE TABLE IF NOT EXISTS survivors (id int)');
    await query(server.databaseUrl, 'INSERT INTO survivors VALUES (1)');
    const pid = postgresPid(directory.path);

    process.kill(pid, 'SIGKILL');
    await server.report(({ log }) => log === 'Postgres is up again.');

    expect(postgresPid(directory.path)).not.toBe(pid);
    expect(await query(server.databaseUrl, 'SELECT id FROM survivors LIMIT 1')).toEqual([{ id: 1 }]);
    expect(server.reports.filter(({ fatal }) => fatal)).toEqual([]);
  });

  it('refuses a second process on the same directory and names the first', async () => {
    const first = await up();
    const second = ServerProcess.launch(directory.path);
    expect(await second.exitCode).toBe(1);
    const { refused } = await second.report((report) => report.refused !== undefined);
    expect(refused).toContain(`already running from ${directory.path} (pid ${first.pid})`);
    expect(await query(first.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets exactly one of three simultaneous starts win over a dead lock', async () => {
    writeFileSync(join(directory.path, 'lock'), '4000000\nlong ago\n');
    const contenders = [1, 2, 3].map(() => ServerProcess.launch(directory.path));
    started.push(...contenders);
    const outcomes = await Promise.all(
      contenders.map((one) => one.report(({ up: isUp, refused }) => isUp !== undefined || refused !== undefined)),
    );
    expect(outcomes.filter((outcome) => outcome.up)).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.refused?.includes('already running'))).toHaveLength(2);
  });

  it('takes over a lock whose pid now belongs to another process', async () => {
    writeFileSync(join(directory.path, 'lock'), `${process.pid}\nanother start time\n`);
    const server = await up();
    expect(await query(server.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('starts although postmaster.pid names a process that is no Postgres', async () => {
    const path = join(directory.path, 'pg18', 'postmaster.pid');
    writeFileSync(
      path,
      [process.pid, join(directory.path, 'pg18'), 1, 5432, directory.path, '', '1 1', 'ready', ''].join('\n'),
    );
    const server = await up();
    expect(await query(server.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('stops cleanly: exit code 0, no process and no lock left', async () => {
    const server = await up();
    const pid = postgresPid(directory.path);
    expect(await server.stop()).toBe(0);
    expect(processStopped(pid)).toBe(true);
    expect(existsSync(join(directory.path, 'lock'))).toBe(false);
    expect(existsSync(join(directory.path, 'pg18', 'postmaster.pid'))).toBe(false);
  });

  it('never uses a half-finished cluster', async () => {
    const other = temporaryDirectory();
    try {
      const draft = join(other.path, 'pg18.init');
      mkdirSync(join(draft, 'base'), { recursive: true });
      writeFileSync(join(draft, 'PG_VERSION'), '18\n');
      const server = await up(other.path);
      expect(await query(server.databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      expect(existsSync(draft)).toBe(false);
      await server.stop();
    } finally {
      other.remove();
    }
  });

  it('refuses the data of another Postgres version in one line', async () => {
    const other = temporaryDirectory();
    try {
      mkdirSync(join(other.path, 'pg17'));
      const server = ServerProcess.launch(other.path);
      expect(await server.exitCode).toBe(1);
      const { refused } = await server.report((report) => report.refused !== undefined);
      expect(refused).toContain(join(other.path, 'pg17'));
      expect(refused).not.toContain('\n');
      expect(existsSync(join(other.path, 'lock'))).toBe(false);
    } finally {
      other.remove();
    }
  });
});

/** Inserts one row after the other, each committed by itself, until the database is gone. */
function writeUntilItFails(url: string): { committed(): number; done: Promise<void> } {
  let committed = 0;
  const run = async (): Promise<void> => {
    for (;;) {
      try {
        await query(url, `INSERT INTO receipts VALUES (${committed + 1})`);
      } catch {
        // The database went away, which is what the test is about.
        return;
      }
      committed++;
    }
  };
  return { committed: () => committed, done: run() };
}
