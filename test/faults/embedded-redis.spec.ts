import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ServerProcess, eventually, processStopped, temporaryDirectory } from './embedded-server-harness.js';

jest.setTimeout(60_000);

describe('the embedded Redis', () => {
  let directory: ReturnType<typeof temporaryDirectory>;
  const started: ServerProcess[] = [];
  const clients: Redis[] = [];

  async function up(environment: Record<string, string> = {}): Promise<ServerProcess> {
    const server = await ServerProcess.up(directory.path, 'redis-only', environment);
    started.push(server);
    return server;
  }

  function client(server: ServerProcess): Redis {
    const made = new Redis(server.redisUrl ?? '', { maxRetriesPerRequest: null });
    made.on('error', () => undefined);
    clients.push(made);
    return made;
  }

  beforeAll(() => {
    directory = temporaryDirectory();
  });

  afterEach(async () => {
    for (const one of clients.splice(0)) one.disconnect();
    for (const server of started.splice(0)) await server.stop();
  });

  afterAll(() => directory.remove());

  it('goes away with a killed parent and keeps what it was told more than a second before', async () => {
    const server = await up();
    const redis = client(server);
    await redis.set('kept', 'yes');
    const pid = await redisPid(redis);
    await server.killHard();
    await eventually(async () => (processStopped(pid) ? true : undefined));

    expect(await client(await up()).get('kept')).toBe('yes');
  });

  it('is started again after its crash', async () => {
    const server = await up();
    const redis = client(server);
    const pid = await redisPid(redis);
    process.kill(pid, 'SIGKILL');
    await server.report(({ log }) => log === 'Redis is up again.');
    expect(await redisPid(redis)).not.toBe(pid);
  });

  it('sets a damaged store aside and starts with an empty one', async () => {
    await (await up()).stop();
    const store = join(directory.path, 'redis');
    for (const path of filesBelow(store)) writeFileSync(path, 'not what Redis wrote');
    const server = await up();
    expect(await client(server).dbsize()).toBe(0);
    const aside = readdirSync(directory.path).find((name) => name.startsWith('redis.unreadable-'));
    expect(filesBelow(join(directory.path, aside ?? '')).map((path) => readFileSync(path, 'utf8'))).toContain(
      'not what Redis wrote',
    );
  });

  it('is simply absent where none is installed', async () => {
    const server = await up({ PATH: '/nonexistent' });
    expect(server.redisUrl).toBeUndefined();
    expect(server.reports.filter(({ refused, fatal }) => refused ?? fatal)).toEqual([]);
  });

  it('is absent for a second process that shares only the directory, which still starts', async () => {
    const first = await up();
    const second = await up();
    expect(second.redisUrl).toBeUndefined();
    await second.stop();
    expect(await client(first).ping()).toBe('PONG');
  });
});

async function redisPid(redis: Redis): Promise<number> {
  return Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
