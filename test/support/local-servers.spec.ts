import { type AddressInfo, createConnection, createServer } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ApiClient } from './api-client.js';
import { ChaosProxy } from './chaos-proxy.js';
import { FakeUpstream } from './fake-upstream.js';
import { RedisServer } from './redis-server.js';

const connect = (port: number): Redis => {
  const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => null });
  // A refused connection is also reported here; the commands themselves fail and are looked at.
  return redis.on('error', () => undefined);
};

describe('the private Redis', () => {
  it('keeps an append-only file over kill and restart, on the same port', async () => {
    const server = await RedisServer.start({ appendOnly: true });
    const before = connect(server.port);
    await before.set('kept', 'yes');
    await sleep(1_100);
    await server.kill();
    before.disconnect();
    await server.restart();
    const after = connect(server.port);
    expect(await after.get('kept')).toBe('yes');
    after.disconnect();
    await server.stop();
  });

  it('answers nothing while it is frozen', async () => {
    const server = await RedisServer.start();
    const redis = connect(server.port);
    await redis.set('a', '1');
    server.freeze();
    const answer = redis.get('a');
    expect(await Promise.race([answer, sleep(200, 'silence')])).toBe('silence');
    server.thaw();
    expect(await answer).toBe('1');
    redis.disconnect();
    await server.stop();
  });
});

describe('the chaos proxy', () => {
  let upstream: FakeUpstream;
  let proxy: ChaosProxy;
  let client: ApiClient;
  const models = (): Promise<number> => client.get('/v1/models').then(({ status }) => status);

  beforeEach(async () => {
    upstream = await FakeUpstream.start();
    proxy = await ChaosProxy.start({ port: upstream.port });
    client = new ApiClient(`http://127.0.0.1:${proxy.port}`);
  });
  afterEach(async () => {
    await client.close();
    await proxy.stop();
    await upstream.stop();
  });

  it('refuses, resets, and passes again on the same port', async () => {
    expect(await models()).toBe(200);
    await proxy.set({ mode: 'refuse' });
    await expect(models()).rejects.toThrow('ECONNREFUSED');
    await proxy.set({ mode: 'reset' });
    await expect(models()).rejects.toThrow();
    await proxy.pass();
    expect(await models()).toBe(200);
    expect(proxy.counters.bytesDown).toBeGreaterThan(0);
  });

  it('holds everything in a black hole and lets it through afterwards', async () => {
    await models();
    await proxy.set({ mode: 'blackhole' });
    const held = [models(), models()];
    expect(await Promise.race([...held, sleep(150, 'silence')])).toBe('silence');
    expect(upstream.counters.requests).toBe(1);
    await proxy.pass();
    expect(await Promise.all(held)).toEqual([200, 200]);
  });

  it('slows down', async () => {
    await proxy.set({ mode: 'latency', ms: 60 });
    const start = Date.now();
    await models();
    expect(Date.now() - start).toBeGreaterThanOrEqual(110);
    await proxy.set({ mode: 'throttle', bytesPerSecond: 2_000 });
    const later = Date.now();
    await models();
    expect(Date.now() - later).toBeGreaterThanOrEqual(150);
  });

  it('cuts the connections that exist, and passes a half-closed one on', async () => {
    const echo = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket))
      .listen(0, '127.0.0.1')
      .unref();
    await once(echo, 'listening');
    const { port } = echo.address() as AddressInfo;
    const echoProxy = await ChaosProxy.start({ port });
    const polite = createConnection(echoProxy.port, '127.0.0.1');
    polite.end('over');
    const [answer] = (await once(polite, 'data')) as [Buffer];
    expect(answer.toString()).toBe('over');
    const cut = createConnection(echoProxy.port, '127.0.0.1');
    await once(cut, 'connect');
    const failure = expect(once(cut, 'data')).rejects.toMatchObject({ code: 'ECONNRESET' });
    while (echoProxy.openConnections === 0) await sleep(5);
    echoProxy.cutConnections();
    await failure;
    await echoProxy.stop();
    echo.close();
  });
});
