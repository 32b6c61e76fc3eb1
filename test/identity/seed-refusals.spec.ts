import type { IncomingHttpHeaders } from 'node:http';
import { chat, Gateway } from '../support/gateway.js';
import { issueKey, signUp, type Person } from './people.js';

jest.setTimeout(60_000);

/** What a refusal says, wherever its dialect puts it. */
type Refusal = { detail?: string; error?: string | { message: string } };

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start();
});
afterAll(() => gateway.stop());

const wordsOf = ({ detail, error }: Refusal): (string | undefined)[] => [
  detail,
  typeof error === 'string' ? error : error?.message,
];

async function refusal(
  [method, path]: readonly [method: 'GET' | 'POST', path: string],
  headers: Record<string, string>,
): Promise<{ status: number; words: (string | undefined)[]; headers: IncomingHttpHeaders }> {
  const body = method === 'POST' ? { ...chat(), task_id: 1 } : undefined;
  const answer = await gateway.client().json<Refusal>(method, path, { headers, body });
  return { status: answer.status, words: wordsOf(answer.body), headers: answer.headers };
}

const BILLING_CHAT = ['/api/ai/chat', '/api/ai/chat/stream'].map((path) => ['POST', path] as const);
const BILLING_LOGIN = ['/api/auth/me', '/api/usage/stats', '/api/usage/logs'].map((path) => ['GET', path] as const);
const WORKER = [
  ['POST', '/api-keys/create'],
  ['GET', '/api-keys/list'],
  ['POST', '/api-keys/revoke/keyId'],
  ['POST', '/chat/completions'],
] as const;
const GUARDFLOW = [
  ['POST', '/api/v1/chat/completions'],
  ['GET', '/api/v1/user/profile'],
  ['GET', '/api/v1/user/usage'],
  ['GET', '/api/v1/user/quota'],
] as const;
const AI_SERVICE = ['/chat', '/chat/stream', '/summarize', '/translate'].map(
  (path) => ['POST', `/api/v1${path}`] as const,
);

describe('without credentials', () => {
  it.each([
    ...BILLING_CHAT.map((route) => [route, 'API key required', 'Bearer'] as const),
    ...BILLING_LOGIN.map((route) => [route, 'Could not validate credentials', 'Bearer'] as const),
    ...WORKER.map((route) => [route, 'Authentication required', 'Bearer'] as const),
    ...GUARDFLOW.map((route) => [route, 'Invalid API token', 'Bearer'] as const),
    ...AI_SERVICE.map((route) => [route, 'Missing API key', 'ApiKey'] as const),
  ])('%j says %s', async (route, words, challenge) => {
    const refused = await refusal(route, {});
    expect([refused.status, refused.words]).toEqual([401, [words, words]]);
    expect(refused.headers['www-authenticate']).toBe(challenge);
  });
});

describe('with a bad credential', () => {
  it.each([
    ...BILLING_CHAT.map((route) => [route, { 'x-api-key': 'YOUR_API_KEY' }, 'Invalid API key'] as const),
    ...BILLING_LOGIN.map(
      (route) => [route, { authorization: 'Bearer YOUR_JWT_TOKEN' }, 'Could not validate credentials'] as const,
    ),
    ...GUARDFLOW.map((route) => [route, { authorization: 'Bearer USER_API_TOKEN' }, 'Invalid API token'] as const),
    ...GUARDFLOW.map((route) => [route, { 'x-api-key': 'USER_API_TOKEN' }, 'Invalid API token'] as const),
    ...AI_SERVICE.map((route) => [route, { 'x-api-key': 'ai_xxxxxxxxxxxxx' }, 'Invalid API key'] as const),
  ])('%j with %j says %s', async (route, headers, words) => {
    const refused = await refusal(route, headers);
    expect([refused.status, refused.words]).toEqual([401, [words, words]]);
  });
});

describe('with the credentials of somebody who is shut out', () => {
  let person: Person;
  beforeAll(async () => {
    person = await signUp(gateway);
  });

  it('tells apart a key that is off, an account that is closed and one that is blocked', async () => {
    const { id, key } = await issueKey(person);
    await person.jwt.json('PATCH', `/api/v1/api-keys/${id}`, { body: { is_active: false } });
    for (const route of AI_SERVICE) {
      expect(await refusal(route, { 'x-api-key': key })).toMatchObject({
        status: 403,
        words: Array(2).fill('API key is inactive'),
      });
    }

    const admin = await gateway.admin();
    await admin.post(`/api/v1/admin/users/${person.id}/block`, { reason: 'spam' });
    const blocked = Array(2).fill('User account is blocked: spam');
    for (const route of [...GUARDFLOW, ...BILLING_CHAT]) {
      expect(await refusal(route, { 'x-api-key': person.key })).toMatchObject({ status: 403, words: blocked });
    }
    await admin.post(`/api/v1/admin/users/${person.id}/unblock`);

    await admin.json('DELETE', `/api/v1/admin/users/${person.id}`);
    for (const route of BILLING_CHAT) {
      expect(await refusal(route, { 'x-api-key': person.key })).toMatchObject({
        status: 403,
        words: Array(2).fill('Inactive user'),
      });
    }
    const closed = Array(2).fill('User account is disabled');
    for (const route of GUARDFLOW) {
      expect(await refusal(route, { 'x-api-key': person.key })).toMatchObject({ status: 403, words: closed });
    }
    const login = await gateway
      .client()
      .post<Refusal>('/api/v1/auth/login', { username: person.email, password: person.password });
    expect([login.status, wordsOf(login.body)]).toEqual([403, closed]);
  });
});
