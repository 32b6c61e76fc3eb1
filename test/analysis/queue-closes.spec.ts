import Bull from 'bull';
import { Redis } from 'ioredis';
import { BullConnections } from '../../src/queue/bull-connections.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

/** Bull waits for a job on a blocked connection, which it closes and opens again before it is closed for good. */
it('an idle queue closes of itself after its connections were retired', async () => {
  const connections = new BullConnections(redis.url);
  const queue = new Bull('idle', connections.queueOptions());
  void queue.process(async () => undefined);
  const observer = new Redis(redis.url);
  await until('a blocked connection', async () => /\bflags=b\b/.test(String(await observer.client('LIST'))));
  observer.disconnect();

  connections.retire();
  await expect(queue.close()).resolves.toBeUndefined();
  connections.cut();
});
