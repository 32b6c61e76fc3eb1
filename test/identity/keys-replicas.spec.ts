import { chat, CHAT, Gateway } from '../support/gateway.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { issueKey, KEYS, signUp, type KeyView, type Person } from './people.js';

jest.setTimeout(90_000);

const WITHIN_MS = 5_000;
const HERE = 0;
const THERE = 1;

let redis: RedisServer;
let gateway: Gateway;

beforeAll(async () => {
  redis = await RedisServer.start();
  gateway = await Gateway.start({ replicas: 2, env: { REDIS_URL: redis.url } });
  await redis.kill();
});
afterAll(async () => {
  await gateway.stop();
  await redis.stop();
});

const statusOf = async (credential: string, server: number): Promise<number> =>
  (await gateway.client(server).bearer(credential).get('/api/v1/user/quota')).status;

/** Both servers know the credential before the change, so that they would go on with what they remember. */
async function refusedEverywhereAfter(
  credential: string,
  status: number,
  change: () => Promise<unknown>,
): Promise<void> {
  expect([await statusOf(credential, HERE), await statusOf(credential, THERE)]).toEqual([200, 200]);
  await change();
  expect(await statusOf(credential, HERE)).toBe(status);
  await until('the other server to refuse it', async () => (await statusOf(credential, THERE)) === status, {
    timeoutMs: WITHIN_MS,
    intervalMs: 50,
  });
  expect((await gateway.client(THERE).bearer(credential).post(CHAT, chat())).status).toBe(status);
}

describe('with two servers and Redis gone', () => {
  let person: Person;

  beforeEach(async () => {
    person = await signUp(gateway);
  });

  it('a revoked key is refused on the other one', async () => {
    const { id, key } = await issueKey(person);
    await refusedEverywhereAfter(key, 401, () => person.jwt.post(`/api-keys/revoke/${id}`));
  });

  it('a deleted key is refused on the other one', async () => {
    const { id, key } = await issueKey(person);
    await refusedEverywhereAfter(key, 401, () => person.jwt.json('DELETE', `${KEYS}/${id}`));
  });

  it('a key that was switched off is refused on the other one', async () => {
    const { id, key } = await issueKey(person);
    await refusedEverywhereAfter(key, 403, () =>
      person.jwt.json('PATCH', `${KEYS}/${id}`, { body: { is_active: false } }),
    );
  });

  it('the old secret of a rotated key is refused on the other one, the new one is not', async () => {
    const { id, key } = await issueKey(person);
    let rotated = '';
    await refusedEverywhereAfter(key, 401, async () => {
      rotated = (await person.jwt.post<KeyView>(`${KEYS}/${id}/rotate`)).body.key;
    });
    expect(await statusOf(rotated, THERE)).toBe(200);
  });

  it('a key that lost a scope is refused on the other one', async () => {
    const { id, key } = await issueKey(person);
    await refusedEverywhereAfter(key, 403, () =>
      person.jwt.json('PATCH', `${KEYS}/${id}`, { body: { scopes: ['embeddings'] } }),
    );
  });

  it.each([
    ['blocked', 403, (id: number) => ['POST', `/api/v1/admin/users/${id}/block`] as const],
    ['closed', 403, (id: number) => ['DELETE', `/api/v1/admin/users/${id}`] as const],
    ['erased', 401, (id: number) => ['POST', `/api/v1/admin/users/${id}/erase`] as const],
  ])('keys and logins of an account that was %s are refused on the other one', async (_what, status, call) => {
    const admin = await gateway.admin();
    expect([await statusOf(person.token, HERE), await statusOf(person.token, THERE)]).toEqual([200, 200]);
    const [method, path] = call(person.id);
    await refusedEverywhereAfter(person.key, status, () => admin.json(method, path));
    await until('the login to be refused there too', async () => (await statusOf(person.token, THERE)) === status, {
      timeoutMs: WITHIN_MS,
      intervalMs: 50,
    });
    expect(await statusOf(person.token, HERE)).toBe(status);
  });

  it('an administrator who was demoted is refused on the other one', async () => {
    const admin = await gateway.admin();
    const path = `/api/v1/admin/users/${person.id}/role`;
    const listThere = async () => (await gateway.client(THERE).bearer(person.token).get('/api/v1/admin/users')).status;
    await admin.json('PUT', path, { body: { role: 'admin' } });
    await until('the promotion to be known', async () => (await listThere()) === 200, { timeoutMs: WITHIN_MS });
    await admin.json('PUT', path, { body: { role: 'user' } });
    await until('the demotion to be known', async () => (await listThere()) === 403, { timeoutMs: WITHIN_MS });
  });
});
