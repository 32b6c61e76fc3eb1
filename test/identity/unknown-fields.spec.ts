import type { Dispatcher } from 'undici';
import type { ApiClient } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';
import { signUp, type KeyView, type Person } from './people.js';

jest.setTimeout(60_000);

const NO_UUID = '00000000-0000-4000-8000-000000000000';
const MISSPELT = 'dayly_quota';

/** Routes of the five systems, and others with the same bodies: what is not known is dropped. */
const REFERENCE = [
  'POST /api/auth/register',
  'POST /api/auth/login',
  'POST /api/auth/google',
  'POST /api/auth/change-password',
  'POST /register',
  'POST /login',
  'POST /users/register',
  'POST /users/login',
  'POST /api-keys/create',
  'POST /api/v1/auth/login',
  'POST /api/v1/user/change-password',
  'POST /api/auth/refresh',
  'POST /api/v1/invitations/{token}',
  'POST /api/v1/invitations/public/{token}/accept',
  'POST /api/v1/api-keys',
  'PATCH /api/v1/api-keys/{id}',
  'POST /api/v1/admin/users',
  'PATCH /api/v1/admin/users/{id}',
  'PUT /api/v1/admin/users/{id}',
  'PUT /api/v1/admin/users/{id}/role',
  'POST /api/v1/admin/users/{id}/block',
  'POST /api/v1/admin/invitations',
  'POST /api/v1/admin/tasks',
  'PUT /api/v1/admin/tasks/{id}',
  'POST /api/v1/admin/task-assignments',
  'PUT /api/v1/admin/task-assignments/{id}',
  'PATCH /api/v1/admin/alerts/{id}/resolve',
  'POST /api/v1/admin/alerts/{id}/block-user',
];

/** Gatehouse's own: what is not known is refused. */
const OWN = [
  'POST /api/v1/api-keys/{id}/rotate',
  'PUT /api/v1/user/privacy',
  'POST /api/v1/user/case/appeal',
  'PUT /api/v1/admin/users/{id}/time-zone',
  'POST /api/v1/admin/users/{id}/credits',
  'PATCH /api/v1/admin/users/{id}/api-keys/{keyId}/limits',
  'PATCH /api/v1/admin/users/{id}/tasks/{taskId}/limits',
  'POST /api/v1/admin/quotas/reset',
  'PUT /api/v1/admin/installation/limits',
  'POST /api/v1/admin/freeze',
  'POST /api/v1/admin/misuse/accounts/{userId}/block',
  'POST /api/v1/admin/misuse/accounts/{userId}/unblock',
  'POST /api/v1/admin/misuse/accounts/{userId}/reset',
  'POST /api/v1/admin/misuse/accounts/{userId}/evidence/{requestId}/false-positive',
  'PUT /api/v1/admin/misuse/accounts/{userId}/exemption',
  'POST /api/v1/admin/cases/{id}/unblock',
  'POST /api/v1/admin/cases/{id}/dismiss',
  'POST /api/v1/admin/cases/{id}/confirm',
];

interface Answer {
  error: string;
  errors: { loc: string[]; msg: string; type: string }[];
}
interface Operation {
  requestBody?: { content?: Record<string, { schema?: { $ref?: string } }> };
}
interface Described {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { required?: string[]; properties?: object }> };
}
interface Account {
  id: number;
  daily_quota: number | null;
  monthly_quota: number | null;
}
type View = Record<string, unknown>;

let gateway: Gateway;
let admin: ApiClient;
let person: Person;
let described: Described;

beforeAll(async () => {
  gateway = await Gateway.start();
  admin = await gateway.admin();
  person = await signUp(gateway);
  described = (await gateway.client().get<Described>('/docs-json')).body;
});
afterAll(() => gateway.stop());

/** With ids that are well-formed and mean nothing. */
function pathOf(template: string): string {
  const isIntegerId = /\/admin\/(?:users|tasks|task-assignments|alerts)\/\{id\}/.test(template);
  return template
    .replace('{id}', isIntegerId ? '2000000000' : NO_UUID)
    .replaceAll(/\{(?:taskId|userId)\}/g, '2000000000')
    .replaceAll(/\{\w+\}/g, NO_UUID);
}

/** Sends a body to an operation as somebody who may use it. */
async function ask(operation: string, body: object) {
  const [method, template] = operation.split(' ') as [Dispatcher.HttpMethod, string];
  const client = template.startsWith('/api/v1/admin/') ? admin : person.jwt;
  const answer = await client.json<Partial<Answer>>(method, pathOf(template), { body });
  return { status: answer.status, error: answer.body.error, errors: answer.body.errors };
}

it('every operation with a body of ours is one or the other; those of inference have none', async () => {
  const { body } = await gateway.client().get<{ paths: Record<string, Record<string, Operation>> }>('/docs-json');
  const operations = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { requestBody }]) => requestBody?.content?.['application/json']?.schema?.$ref !== undefined)
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.sort()).toEqual([...REFERENCE, ...OWN].sort());
});

it.each(OWN)('%s refuses a field that it does not know, by name', async (operation) => {
  const { status, error, errors } = await ask(operation, { [MISSPELT]: 1 });
  const msg = `${MISSPELT} is not a field of this request`;
  expect([status, error]).toEqual([422, expect.stringContaining(msg)]);
  expect(errors).toContainEqual({ loc: ['body', MISSPELT], msg, type: 'extra_forbidden' });
});

it.each(OWN)('%s says in its description what it demands', async (operation) => {
  const { errors = [] } = await ask(operation, {});
  const demanded = errors.filter(({ type }) => type === 'missing').map(({ loc }) => loc[1]);
  const [method, template] = operation.split(' ') as [string, string];
  const reference =
    described.paths[template]?.[method.toLowerCase()]?.requestBody?.content?.['application/json']?.schema;
  const schema = described.components.schemas[reference?.$ref?.split('/').at(-1) ?? ''];
  expect(schema?.required ?? []).toEqual(expect.arrayContaining(demanded));
  expect(Object.keys(schema?.properties ?? {})).toEqual(expect.arrayContaining(demanded));
});

it.each(REFERENCE)('%s answers as if the field were not there', async (operation) => {
  expect(await ask(operation, { [MISSPELT]: 1 })).toEqual(await ask(operation, {}));
});

it('an account that is made or changed with a misspelt limit has the limits that the answer shows', async () => {
  const make = async (name: string, more: object) => {
    const wanted = { email: `${name}@gatehouse.test`, name, ...more };
    const { status, body } = await admin.post<Account>('/api/v1/admin/users', wanted);
    expect(status).toBe(200);
    return body;
  };
  const plain = await make('plain', {});
  const typo = await make('typo', { [MISSPELT]: 10 });
  expect([typo.daily_quota, typo.monthly_quota]).toEqual([plain.daily_quota, plain.monthly_quota]);

  const path = `/api/v1/admin/users/${typo.id}`;
  for (const method of ['PATCH', 'PUT'] as const) {
    const { status, body } = await admin.json<Account>(method, path, { body: { monthly_quota: 7, [MISSPELT]: 10 } });
    expect([status, body.daily_quota, body.monthly_quota]).toEqual([200, plain.daily_quota, 7]);
    expect((await admin.get<Account>(path)).body).toEqual(body);
  }
});

it('so has a key', async () => {
  const { body: plain } = await person.jwt.post<KeyView>('/api/v1/api-keys', { name: 'plain' });
  const made = await person.jwt.post<KeyView>('/api/v1/api-keys', { name: 'typo', rate_limit_per_minut: 5 });
  expect([made.status, made.body.rate_limit_per_minute]).toEqual([201, plain.rate_limit_per_minute]);
  const path = `/api/v1/api-keys/${made.body.id}`;
  const changed = await person.jwt.json<KeyView>('PATCH', path, { body: { name: 'other', rate_limit_per_minut: 5 } });
  expect(changed.status).toBe(200);
  expect(changed.body).toMatchObject({ name: 'other', rate_limit_per_minute: plain.rate_limit_per_minute });
});

it('Guardflow’s tasks take the fields that this gateway has no use for', async () => {
  const asked = { title: 'Review', token_limit: 500, llm_provider_id: 3, tenant_id: 1, tokn_limit: 5 };
  const made = await admin.post<View>('/api/v1/admin/tasks', asked);
  expect([made.status, made.body['token_limit'], made.body['max_tokens_per_request']]).toEqual([200, 500, null]);
  expect(made.body).not.toHaveProperty('tokn_limit');
  const path = `/api/v1/admin/tasks/${String(made.body['id'])}`;
  const changed = await admin.json<View>('PUT', path, { body: { title: 'Reviews', tokn_limit: 5 } });
  expect([changed.status, changed.body['title'], changed.body['token_limit']]).toEqual([200, 'Reviews', 500]);
});

it('whatever role Guardflow’s administrators invite for, the guest is an ordinary user', async () => {
  const invite = (role: string) => admin.post<{ token: string }>('/api/v1/admin/invitations', { role });
  for (const role of ['user', 'admin']) {
    const { status, body } = await invite(role);
    const details = await gateway.client().get<View>(`/api/v1/invitations/public/${body.token}/details`);
    expect([status, details.body['role_name']]).toEqual([200, 'user']);
  }
});

it('what is known and wrong is told beside what is not known', async () => {
  const { errors } = await ask('POST /api/v1/admin/freeze', { reason: '', [MISSPELT]: 1 });
  expect(errors?.map(({ loc }) => loc.at(-1)).sort()).toEqual([MISSPELT, 'reason']);
});

it('an unknown field of a query is nobody’s business', async () => {
  expect((await person.jwt.get(`/api/v1/api-keys?limit=1&_=${Date.now()}`)).status).toBe(200);
});
