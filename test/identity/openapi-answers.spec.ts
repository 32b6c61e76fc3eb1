import type { ApiClient } from '../support/api-client.js';
import { FakeGoogle } from '../support/fake-google.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { departures, undescribedAnswers, type OpenApiDocument, type OpenApiSchema } from '../support/openapi.js';
import { issueKey, KEYS, signUp, type Person } from './people.js';

jest.setTimeout(60_000);

let google: FakeGoogle;
let gateway: Gateway;
let document: OpenApiDocument;
let person: Person;
let admin: ApiClient;

beforeAll(async () => {
  google = await FakeGoogle.start();
  gateway = await Gateway.start({ env: google.env });
  document = (await gateway.client().get<OpenApiDocument>('/docs-json')).body;
  person = await signUp(gateway);
  admin = await gateway.admin();
  expect((await gateway.client().bearer(person.key).post(CHAT, chat())).status).toBe(200);
});
afterAll(async () => {
  await gateway.stop();
  await google.stop();
});

const schemaOf = (method: string, template: string, status: number): OpenApiSchema | undefined =>
  Object.values(document.paths[template]?.[method.toLowerCase()]?.responses?.[status]?.content ?? {})[0]?.schema;

/** What is wrong with an answer, by the document. */
function faultsOf(method: string, template: string, answer: { status: number; body: unknown }): string[] {
  const name = `${method} ${template} ${answer.status}`;
  if (answer.status >= 300) return [`${name}: ${JSON.stringify(answer.body)}`];
  if (answer.status === 204) return [];
  const schema = schemaOf(method, template, answer.status);
  return departures(document, schema, answer.body).map((fault) => `${name}: ${fault}`);
}

/** Asks an operation by its template, and adds what is wrong with the answer to `found`. */
const askingInto =
  (found: string[]) =>
  async (
    asking: ApiClient,
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET',
    template: string,
    { ids = {}, body }: { ids?: Record<string, string | number>; body?: unknown } = {},
  ): Promise<Record<string, string>> => {
    const path = Object.entries(ids).reduce((text, [name, id]) => text.replace(`{${name}}`, String(id)), template);
    const answer = await asking.json<Record<string, string>>(method, path, { body });
    found.push(...faultsOf(method, template, answer));
    return answer.body;
  };

it('says of every answer what is in it', () => {
  expect(Object.keys(document.paths).length).toBeGreaterThan(60);
  expect(undescribedAnswers(document)).toEqual([]);
});

it.each<[string, OpenApiSchema | undefined, string]>([
  ['nothing', undefined, 'GET /x 200: no content'],
  ['an object without fields', { type: 'object' }, 'GET /x 200: the answer is empty'],
  ['a list of such', { type: 'array', items: { type: 'object' } }, 'GET /x 200: the answer[] is empty'],
  ['one such field', { type: 'object', properties: { a: {} } }, 'GET /x 200: the answer.a is empty'],
  ['a name that leads nowhere', { $ref: '#/components/schemas/Gone' }, 'GET /x 200: the answer refers to nothing'],
])('would notice an answer that is described by %s', (_what, schema, fault) => {
  const content: Record<string, { schema?: OpenApiSchema }> =
    schema === undefined ? {} : { 'application/json': { schema } };
  const paths = { '/x': { get: { responses: { 200: { content } } } } };
  expect(undescribedAnswers({ paths, components: {} })).toEqual([fault]);
});

it('demands no parameter that may be left out', () => {
  const demanded = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { parameters = [] }]) =>
      parameters
        .filter((parameter) => parameter.in !== 'path' && parameter.required === true)
        .map(({ name }) => `${method.toUpperCase()} ${path} ${name}`),
    ),
  );
  expect(demanded).toEqual([]);
  const named = (path: string) => document.paths[path]?.['post']?.parameters?.map(({ name }) => name.toLowerCase());
  expect(named('/api/v1/admin/quotas/reset')).toContain('idempotency-key');
});

it('gives what it says to whoever reads', async () => {
  const found: string[] = [];
  const templates = Object.entries(document.paths).filter(
    ([template, operations]) => 'get' in operations && !/\{|\/export|\/calibration/.test(template),
  );
  expect(templates.length).toBeGreaterThan(25);
  const refused: string[] = [];
  for (const [template] of templates) {
    const query = template.endsWith('/timeseries') ? '?from=2020-01-01&to=2020-01-31' : '';
    const path = template + query;
    const mine = await person.jwt.get(path);
    const answer = mine.status === 403 ? await admin.get(path) : mine;
    if (answer.status >= 400) refused.push(`${template} ${answer.status}`);
    else found.push(...faultsOf('GET', template, answer));
  }
  expect(found).toEqual([]);
  expect(refused).toEqual(['/api/v1/user/case 404']);
});

it('gives what it says to whoever writes: accounts, keys and invitations', async () => {
  const found: string[] = [];
  const client = gateway.client();
  const ask = askingInto(found);
  const password = 'the password of a writer';
  const writer = { username: 'writer', email: 'writer@people.test', password };
  await ask(client, 'POST', '/api/auth/register', { body: writer });
  const login = await ask(client, 'POST', '/api/auth/login', { body: { username: 'writer', password } });
  await ask(client, 'POST', '/api/auth/refresh', { body: { refresh_token: login.refresh_token } });
  await ask(client, 'POST', '/api/v1/auth/login', { body: { username: 'writer', password } });
  await ask(client, 'POST', '/register', { body: { email: 'worker@people.test', password } });
  const { token } = await ask(client, 'POST', '/login', { body: { email: 'worker@people.test', password } });
  const worker = client.bearer(token);
  await ask(worker, 'POST', '/api/auth/refresh-api-key');
  await ask(worker, 'POST', '/api-keys/create', { body: { name: 'key' } });
  const googlePerson = { sub: '5', email: 'google@people.test', name: 'Google', picture: 'https://google.test/p.png' };
  await ask(client, 'POST', '/api/auth/google', { body: { access_token: google.accessToken(googlePerson) } });

  const key = await ask(worker, 'POST', KEYS, { body: { name: 'key' } });
  const ids = { id: key.id, keyId: key.id };
  await ask(worker, 'GET', `${KEYS}/{id}`, { ids });
  await ask(worker, 'PATCH', `${KEYS}/{id}`, { ids, body: { name: 'other' } });
  await ask(worker, 'POST', `${KEYS}/{id}/rotate`, { ids });
  await ask(worker, 'GET', '/api/v1/usage/{keyId}', { ids });
  await ask(worker, 'GET', '/api/v1/usage/{keyId}/summary', { ids });
  await ask(worker, 'POST', '/api-keys/revoke/{keyId}', { ids });
  await ask(worker, 'DELETE', `${KEYS}/{id}`, { ids });

  const invitation = '/api/v1/invitations';
  const made = await ask(admin, 'POST', '/api/v1/admin/invitations', { body: { email: 'guest@people.test' } });
  await ask(client, 'GET', `${invitation}/{token}`, { ids: { token: made.token } });
  await ask(client, 'GET', `${invitation}/public/{token}/details`, { ids: { token: made.token } });
  const accepted = { name: 'Guest', password };
  await ask(client, 'POST', `${invitation}/public/{token}/accept`, { ids: { token: made.token }, body: accepted });
  const open = await ask(admin, 'POST', '/api/v1/admin/invitations', { body: {} });
  const guest = { email: 'guest2@people.test', password };
  await ask(client, 'POST', `${invitation}/{token}`, { ids: { token: open.token }, body: guest });
  const idle = await ask(admin, 'POST', '/api/v1/admin/invitations', { body: {} });
  await ask(admin, 'DELETE', '/api/v1/admin/invitations/{id}', { ids: { id: idle.id } });

  const users = '/api/v1/admin/users';
  const user = await ask(admin, 'POST', users, { body: { email: 'made@people.test', name: 'Made' } });
  const account = { ids: { id: user.id } };
  await ask(admin, 'GET', `${users}/{id}`, account);
  await ask(admin, 'PUT', `${users}/{id}`, { ...account, body: { name: 'Renamed' } });
  await ask(admin, 'PATCH', `${users}/{id}`, { ...account, body: { daily_quota: null } });
  await ask(admin, 'GET', `${users}/{id}/api-key`, account);
  await ask(admin, 'PUT', `${users}/{id}/api-key/regenerate`, account);
  await ask(admin, 'DELETE', `${users}/{id}/api-key`, account);
  await ask(admin, 'POST', `${users}/{id}/api-key`, account);
  await ask(admin, 'PUT', `${users}/{id}/role`, { ...account, body: { role: 'user' } });
  await ask(admin, 'POST', `${users}/{id}/credits`, {
    ids: { id: person.id },
    body: { tokens: 5, kind: 'grant', reason: 'test' },
  });
  await ask(admin, 'GET', `${users}/{id}/credits`, { ids: { id: person.id } });
  await ask(admin, 'POST', `${users}/{id}/block`, { ...account, body: { reason: 'test' } });
  await ask(admin, 'POST', `${users}/{id}/unblock`, account);
  await ask(admin, 'DELETE', `${users}/{id}`, account);
  await ask(admin, 'POST', `${users}/{id}/reactivate`, account);
  await ask(admin, 'POST', `${users}/{id}/erase`, account);
  await ask(admin, 'POST', '/api/v1/admin/quotas/reset', { body: { period: 'daily', user_id: person.id } });

  const change = { current_password: password, new_password: 'another password of theirs' };
  await ask(worker, 'POST', '/api/auth/change-password', { body: change });
  await ask((await signUp(gateway)).jwt, 'POST', '/api/auth/logout');
  await ask((await signUp(gateway)).jwt, 'POST', '/api/auth/logout-all');
  expect(found).toEqual([]);
});

it('gives what it says to whoever writes: limits, time zones, contents, tasks and the installation', async () => {
  const found: string[] = [];
  const ask = askingInto(found);
  const someone = await signUp(gateway);
  const users = '/api/v1/admin/users/{id}';
  const ids = { id: someone.id, keyId: (await issueKey(someone)).id };
  const limits = { requests_per_minute: 5, tokens_per_day: 1000, cost_per_month_usd: 0.5 };
  await ask(admin, 'GET', `${users}/api-keys/{keyId}/limits`, { ids });
  await ask(admin, 'PATCH', `${users}/api-keys/{keyId}/limits`, { ids, body: limits });
  await ask(admin, 'GET', `${users}/limits`, { ids });
  await ask(admin, 'PUT', `${users}/time-zone`, { ids, body: { time_zone: 'Asia/Tokyo' } });
  await ask(admin, 'GET', `${users}/time-zone`, { ids });
  await ask(someone.jwt, 'PUT', '/api/v1/user/privacy', { body: { contents: 'redact' } });

  const tasks = '/api/v1/admin/tasks';
  const task = await ask(admin, 'POST', tasks, { body: { title: 'Task', allowed_intents: ['coding'] } });
  const ofTask = { id: task.id };
  await ask(admin, 'GET', `${tasks}/{id}`, { ids: ofTask });
  await ask(admin, 'PUT', `${tasks}/{id}`, { ids: ofTask, body: { title: 'Other' } });
  const assignments = '/api/v1/admin/task-assignments';
  const assigned = { user_id: someone.id, task_id: task.id };
  const assignment = await ask(admin, 'POST', assignments, { body: assigned });
  await ask(admin, 'GET', `${tasks}/{id}/assignments`, { ids: ofTask });
  await ask(admin, 'PATCH', `${users}/tasks/{taskId}/limits`, { ids: { ...ids, taskId: task.id }, body: limits });
  await ask(admin, 'GET', `${users}/tasks/{taskId}/limits`, { ids: { ...ids, taskId: task.id } });
  const change = { ids: { id: assignment.id }, body: { progress_notes: 'begun' } };
  await ask(admin, 'PUT', `${assignments}/{id}`, change);
  await ask(admin, 'DELETE', `${assignments}/{id}`, { ids: { id: assignment.id } });

  const misuse = '/api/v1/admin/misuse/accounts/{userId}';
  const judged = { ids: { userId: someone.id }, body: { note: 'test' } };
  await ask(admin, 'GET', misuse, { ids: judged.ids });
  await ask(admin, 'PUT', `${misuse}/exemption`, { ids: judged.ids, body: { note: 'test', exempt: false } });
  await ask(admin, 'POST', `${misuse}/block`, judged);
  const mine = await ask(someone.jwt, 'POST', '/api/v1/user/case/appeal', { body: { text: 'Please.' } });
  await ask(admin, 'GET', '/api/v1/admin/cases/{id}', { ids: { id: mine.id } });
  await ask(admin, 'POST', '/api/v1/admin/cases/{id}/confirm', { ids: { id: mine.id }, body: judged.body });
  await ask(admin, 'POST', '/api/v1/admin/cases/{id}/unblock', { ids: { id: mine.id }, body: judged.body });
  await ask(admin, 'POST', `${misuse}/block`, judged);
  await ask(admin, 'POST', `${misuse}/unblock`, judged);

  await ask(admin, 'PUT', '/api/v1/admin/installation/limits', { body: { cost_per_day_usd: 1000 } });
  await ask(admin, 'GET', '/api/v1/admin/installation');
  await ask(admin, 'POST', '/api/v1/admin/freeze', { body: { reason: 'test' } });
  await ask(admin, 'POST', '/api/v1/admin/unfreeze');
  await ask(admin, 'PUT', '/api/v1/admin/installation/limits', { body: { cost_per_day_usd: null } });
  expect(found).toEqual([]);
});

it('gives the same shape to somebody who has more to show', async () => {
  const someone = await signUp(gateway);
  await issueKey(someone, { expires_at: '2099-01-31', allowed_models: ['gpt-4o-mini'], ip_allow_list: ['127.0.0.1'] });
  const keys = await someone.jwt.get(KEYS);
  expect(faultsOf('GET', KEYS, keys)).toEqual([]);
  await admin.post(`/api/v1/admin/users/${someone.id}/block`, { reason: 'to have a case' });
  expect(faultsOf('GET', '/api/v1/user/case', await someone.jwt.get('/api/v1/user/case'))).toEqual([]);
});
