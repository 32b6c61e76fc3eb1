import type { Dispatcher } from 'undici';
import type { ApiClient } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';
import { issueKey, signUp, type Person } from './people.js';

jest.setTimeout(60_000);

const NO_UUID = '00000000-0000-4000-8000-000000000000';
const MISSPELT = 'dayly_quota';

/** Bodies that clients of other systems send, where what is not known is dropped. */
const LENIENT = [
  /^\/api\/auth\/(?:register|login|refresh|google)$/,
  /^\/(?:users\/)?(?:register|login)$/,
  /^\/api\/v1\/auth\/login$/,
  /^\/api\/v1\/invitations\//,
];

interface Refusal {
  error: string;
  errors: { loc: string[]; type: string }[];
}
interface Operation {
  requestBody?: { content?: Record<string, { schema?: { $ref?: string } }> };
}

let gateway: Gateway;
let admin: ApiClient;
let person: Person;

beforeAll(async () => {
  gateway = await Gateway.start();
  admin = await gateway.admin();
  person = await signUp(gateway);
});
afterAll(() => gateway.stop());

/** Every operation whose body is a class of ours: inference routes have none, their unknown fields go upstream. */
async function operationsWithBodies(): Promise<[method: Dispatcher.HttpMethod, path: string][]> {
  const { body } = await gateway.client().get<{ paths: Record<string, Record<string, Operation>> }>('/docs-json');
  return Object.entries(body.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { requestBody }]) => requestBody?.content?.['application/json']?.schema?.$ref !== undefined)
      .map(([method]): [Dispatcher.HttpMethod, string] => [method.toUpperCase(), path]),
  );
}

/** With ids that are well-formed and mean nothing, except the administrator's own. */
function pathOf(template: string): string {
  const isIntegerId = /\/admin\/(?:users|tasks|task-assignments|alerts)\/\{id\}/.test(template);
  return template
    .replace('{id}', isIntegerId ? '2000000000' : NO_UUID)
    .replaceAll(/\{(?:taskId|userId)\}/g, '2000000000')
    .replaceAll(/\{\w+\}/g, NO_UUID);
}

it('every body but those of logins and registrations refuses a field that it does not know, by name', async () => {
  const operations = (await operationsWithBodies()).filter(([, path]) => !LENIENT.some((one) => one.test(path)));
  expect(operations.length).toBeGreaterThan(25);
  const wrong: string[] = [];
  for (const [method, template] of operations) {
    const client = template.startsWith('/api/v1/admin/') ? admin : person.jwt;
    const answer = await client.json<Partial<Refusal>>(method, pathOf(template), { body: { [MISSPELT]: 1 } });
    const says = answer.body.error?.includes(`${MISSPELT} is not a field of this request`) ?? false;
    if (answer.status !== (template.startsWith('/api-keys/') ? 400 : 422) || !says) {
      wrong.push(`${method} ${template}: ${answer.status} ${answer.body.error}`);
    }
  }
  expect(wrong).toEqual([]);
});

it('a misspelt limit opens no account and changes none', async () => {
  const wanted = { email: 'typo@gatehouse.test', name: 'Typo' };
  const refused = await admin.post<Refusal>('/api/v1/admin/users', { ...wanted, [MISSPELT]: 10 });
  expect([refused.status, refused.body.errors]).toEqual([
    422,
    [{ loc: ['body', MISSPELT], msg: `${MISSPELT} is not a field of this request`, type: 'extra_forbidden' }],
  ]);
  const { body } = await admin.post<{ id: number }>('/api/v1/admin/users', wanted);
  const path = `/api/v1/admin/users/${body.id}`;
  const before = await admin.get(path);
  const change = { name: 'Other', monthly_quota: 1, [MISSPELT]: 10 };
  expect((await admin.json('PATCH', path, { body: change })).status).toBe(422);
  expect((await admin.get(path)).body).toEqual(before.body);
});

it('a misspelt term makes no key, and what else is wrong is told in the same answer', async () => {
  const key = { name: '', rate_limit_per_minut: 5 };
  const { status, body } = await person.jwt.post<Refusal>('/api/v1/api-keys', key);
  expect(status).toBe(422);
  expect(body.errors.map(({ loc }) => loc.at(-1)).sort()).toEqual(['name', 'rate_limit_per_minut']);
});

it('an unknown field of a query is nobody’s business', async () => {
  await issueKey(person);
  expect((await person.jwt.get(`/api/v1/api-keys?limit=1&_=${Date.now()}`)).status).toBe(200);
});

it('Guardflow’s clients may say that an invitation is for a user, and for nothing else', async () => {
  const invite = (role: string) => admin.post<Refusal>('/api/v1/admin/invitations', { role });
  expect((await invite('user')).status).toBe(200);
  const refused = await invite('admin');
  expect([refused.status, refused.body.error]).toEqual([422, expect.stringContaining('role')]);
});
