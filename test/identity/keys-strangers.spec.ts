import { chat, CHAT, Gateway } from '../support/gateway.js';
import { issueKey, KEYS, signUp, type KeyView, type Person } from './people.js';

jest.setTimeout(60_000);

let gateway: Gateway;
let owner: Person;
let stranger: Person;
let key: KeyView;

beforeAll(async () => {
  gateway = await Gateway.start();
  owner = await signUp(gateway);
  stranger = await signUp(gateway);
  key = await issueKey(owner, { name: 'mine' });
  await gateway.client().bearer(key.key).post(CHAT, chat());
});
afterAll(() => gateway.stop());

it.each([
  ['GET', () => `${KEYS}/${key.id}`, undefined],
  ['PATCH', () => `${KEYS}/${key.id}`, { name: 'yours', is_active: false }],
  ['DELETE', () => `${KEYS}/${key.id}`, undefined],
  ['POST', () => `${KEYS}/${key.id}/rotate`, { grace_seconds: 0 }],
  ['POST', () => `/api-keys/revoke/${key.id}`, undefined],
] as const)('%s on a key of somebody else is the 404 of one that does not exist', async (method, path, body) => {
  const foreign = await stranger.jwt.json(method, path(), { body });
  const unknown = await stranger.jwt.json(method, path().replace(key.id, '00000000-0000-4000-8000-000000000000'), {
    body,
  });
  expect([foreign.status, foreign.body]).toEqual([404, unknown.body]);
  expect(unknown.status).toBe(404);
  expect((await owner.jwt.get<KeyView>(`${KEYS}/${key.id}`)).body).toMatchObject({ name: 'mine', is_active: true });
  expect((await gateway.client().bearer(key.key).get('/api/v1/user/quota')).status).toBe(200);
});

it.each([
  ['GET', ''],
  ['PATCH', ''],
  ['PUT', ''],
  ['DELETE', ''],
  ['PUT', '/role'],
  ['POST', '/block'],
  ['POST', '/unblock'],
  ['POST', '/reactivate'],
  ['POST', '/erase'],
  ['GET', '/api-key'],
  ['POST', '/api-key'],
  ['PUT', '/api-key/regenerate'],
  ['DELETE', '/api-key'],
  ['GET', '/limits'],
  ['GET', '/time-zone'],
  ['PUT', '/time-zone'],
  ['GET', '/credits'],
  ['POST', '/credits'],
] as const)('%s /api/v1/admin/users/:id%s is refused, for others and for oneself', async (method, path) => {
  for (const id of [owner.id, stranger.id]) {
    const body = { name: 'x', role: 'admin', is_active: false };
    const answer = await stranger.jwt.json(method, `/api/v1/admin/users/${id}${path}`, { body });
    expect(answer.status).toBe(403);
  }
});

it('shows nobody what somebody else has or did', async () => {
  for (const path of [KEYS, '/api-keys/list', '/api/v1/user/usage']) {
    const { status, body } = await stranger.jwt.get<unknown[]>(path);
    const text = JSON.stringify(body);
    expect(status).toBe(200);
    for (const trace of [key.id, owner.email, '"mine"']) expect(text).not.toContain(trace);
  }
  expect((await stranger.jwt.get<unknown[]>('/api/v1/user/usage')).body).toEqual([]);
});

it('refuses the credentials of two accounts in one request', async () => {
  const mixed = stranger.jwt.with({ 'x-api-key': key.key });
  expect((await mixed.get('/api/v1/user/quota')).status).toBe(401);
  expect((await mixed.post(CHAT, chat())).status).toBe(401);
  expect((await mixed.get(KEYS)).status).toBe(401);
});
