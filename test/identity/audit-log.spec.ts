import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';
import { issueKey, KEYS, signUp, type KeyView, type Refusal } from './people.js';

jest.setTimeout(60_000);

const USERS = '/api/v1/admin/users';
const AUDIT = '/api/v1/admin/audit';

interface Entry {
  id: number;
  at: string;
  actor: number | null;
  actor_kind: string;
  action: string;
  target_kind: string;
  target: string;
  target_user: number | null;
  address: string | null;
  request_id: string | null;
  details: Record<string, unknown>;
}
interface Page {
  entries: Entry[];
  next_cursor: string | null;
}
let gateway: Gateway;
let admin: ApiClient;
let adminId: number;

beforeAll(async () => {
  gateway = await Gateway.start();
  admin = await gateway.admin();
  adminId = (await admin.get<{ id: number }>('/api/v1/user/profile')).body.id;
});
afterAll(() => gateway.stop());

const search = async (query: string): Promise<Page> => (await admin.get<Page>(`${AUDIT}?${query}`)).body;

it('tells who did what to whom, when and from where', async () => {
  const person = await signUp(gateway);
  const startedAt = Date.now();
  await admin.post(`${USERS}/${person.id}/block`, { reason: 'spam' }, { 'x-request-id': 'block-of-today' });
  const [entry] = (await search(`target=${person.id}&action=account.blocked`)).entries;
  expect(entry).toMatchObject({
    actor: adminId,
    actor_kind: 'admin',
    action: 'account.blocked',
    target_kind: 'user',
    target: String(person.id),
    target_user: person.id,
    address: '127.0.0.1',
    request_id: 'block-of-today',
    details: { reason: 'spam' },
  });
  expect(Math.abs(Date.parse(entry?.at ?? '') - startedAt)).toBeLessThan(60_000);
});

it('has every change of a key, with what changed and without its secret', async () => {
  const person = await signUp(gateway);
  const { id } = await issueKey(person, { scopes: ['chat'] });
  await person.jwt.json('PATCH', `${KEYS}/${id}`, { body: { scopes: ['usage:read'], name: 'test' } });
  await person.jwt.json('PATCH', `${KEYS}/${id}`, { body: { name: 'test' } });
  await person.jwt.post<KeyView>(`${KEYS}/${id}/rotate`, { grace_seconds: 5 });
  await person.jwt.post(`/api-keys/revoke/${id}`);
  await person.jwt.post(`/api-keys/revoke/${id}`);
  await person.jwt.json('DELETE', `${KEYS}/${id}`);
  const { entries } = await search(`target=${id}`);
  expect(entries.reverse().map(({ action, actor, details }) => [action, actor, details])).toEqual([
    ['key.created', person.id, { scopes: ['chat'] }],
    ['key.changed', person.id, { scopes: { from: ['chat'], to: ['usage:read'] }, renamed: false }],
    ['key.rotated', person.id, { graceSeconds: 5 }],
    ['key.revoked', person.id, {}],
    ['key.deleted', person.id, {}],
  ]);
});

it('has nothing of a change that failed', async () => {
  const before = (await search('limit=1')).entries[0]?.id;
  await admin.json('PUT', `${USERS}/${adminId}/role`, { body: { role: 'user' } });
  await admin.post(USERS, { email: 'not an address', name: 'x' });
  expect((await search('limit=1')).entries[0]?.id).toBe(before);
});

it('is paged from the newest on, each entry once', async () => {
  for (let i = 0; i < 5; i += 1) await signUp(gateway);
  const all = (await search('limit=1000')).entries.map(({ id }) => id);
  expect(all).toEqual([...all].sort((a, b) => b - a));
  const paged: number[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Page = await search(`limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`);
    paged.push(...page.entries.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(paged).toEqual(all);
});

/** A time before everything that comes and after everything that was, by a clock of milliseconds. */
async function aMomentOfItsOwn(): Promise<string> {
  await delay(20);
  const moment = new Date().toISOString();
  await delay(20);
  return moment;
}

it('is filtered by actor, target, action and time', async () => {
  const person = await signUp(gateway);
  await issueKey(person);
  const from = await aMomentOfItsOwn();
  await issueKey(person);
  const to = await aMomentOfItsOwn();
  await admin.post(`${USERS}/${person.id}/block`);
  const count = async (query: string) => (await search(query)).entries.length;
  expect(await count(`actor=${person.id}&action=key.created&target=${person.id}`)).toBe(2);
  expect(await count(`target=${person.id}&from=${from}&to=${to}`)).toBe(1);
  expect(await count(`target=${person.id}&from=${from}`)).toBe(2);
  expect(await count(`target=${person.id}&actor=${adminId}`)).toBe(1);
  expect(await count(`target=${person.id}&actor=${adminId}&action=key.created`)).toBe(0);
});

it.each([
  'actor=me',
  'target=somebody',
  'action=nothing',
  'from=yesterday',
  'to=2026-W01-1',
  'limit=1001',
  'limit=0',
  'cursor=x',
  'cursor=99999999999999999999',
])('refuses %s', async (query) => {
  const { status, body } = await admin.get<Refusal>(`${AUDIT}?${query}`);
  expect([status, body.detail]).toEqual([422, expect.stringContaining(query.split('=')[0] ?? '')]);
});

it('is for administrators', async () => {
  const person = await signUp(gateway);
  expect((await person.jwt.get(AUDIT)).status).toBe(403);
  expect((await gateway.client().get(AUDIT)).status).toBe(401);
  expect((await gateway.client().bearer(person.key).get(AUDIT)).status).toBe(401);
});

it('tells of the first administrator, whom the gateway made by itself', async () => {
  const { entries } = await search(`target=${adminId}&action=account.created`);
  expect(entries).toEqual([
    expect.objectContaining({ actor: null, actor_kind: 'system', details: { origin: 'bootstrap', role: 'admin' } }),
  ]);
});
