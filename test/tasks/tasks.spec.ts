import type { ApiClient } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

interface Task {
  id: number;
  title: string;
  assigned_users_count: number;
  allowed_intents: string[];
  warnings: string[];
  tokens_used: number;
  token_limit: number | null;
}

interface Assignment {
  id: number;
  status: string;
  user_id: number;
  task_title: string;
  completed_at: string | null;
}

const TASKS = '/api/v1/admin/tasks';
const ASSIGNMENTS = '/api/v1/admin/task-assignments';

let gateway: Gateway;
let admin: ApiClient;
let members = 0;

beforeAll(async () => {
  gateway = await Gateway.start();
  admin = await gateway.admin();
});
afterAll(() => gateway.stop());

async function member(): Promise<{ id: number; client: ApiClient }> {
  members += 1;
  const { status, body } = await admin.post<{ id: number; api_token: string }>('/api/v1/admin/users', {
    email: `member-${members}@gatehouse.test`,
    name: 'Member',
  });
  expect(status).toBe(200);
  return { id: body.id, client: gateway.client().bearer(body.api_token) };
}

async function newTask(change: object = {}): Promise<Task> {
  const { status, body } = await admin.post<Task>(TASKS, { title: 'Ship it', allowed_intents: ['coding'], ...change });
  expect(status).toBe(200);
  return body;
}

it('gives an account made by an administrator the general task, and nobody else', async () => {
  const { client } = await member();
  expect((await client.get('/api/v1/user/tasks')).body).toMatchObject([
    { id: 1, title: 'General', allowed_intents: [], status: 'active', tokens_used: 0 },
  ]);
  const stranger = await gateway.account();
  expect((await stranger.client.get('/api/v1/user/tasks')).body).toEqual([]);
});

it('makes, changes, finds and closes tasks', async () => {
  const task = await newTask({ title: 'Payment service', token_limit: 5_000, category: 'backend' });
  expect(task).toMatchObject({ allowed_intents: ['coding'], token_limit: 5_000, is_active: true });
  expect((await admin.get<Task[]>(`${TASKS}?search=PAYMENT&category=backend&is_active=true`)).body).toMatchObject([
    { id: task.id, assigned_users_count: 0, has_assignments: false },
  ]);
  const changed = await admin.json('PUT', `${TASKS}/${task.id}`, { body: { token_limit: null, is_active: false } });
  expect(changed.body).toMatchObject({ title: 'Payment service', token_limit: null, is_active: false });
  expect((await admin.get<Task[]>(`${TASKS}?search=payment&is_active=true`)).body).toEqual([]);
});

it('assigns once, ends an assignment, and revives it', async () => {
  const [{ id: userId }, task] = [await member(), await newTask()];
  const wanted = { user_id: userId, task_id: task.id, progress_notes: 'begun' };
  const both = await Promise.all([admin.post(ASSIGNMENTS, wanted), admin.post<Assignment>(ASSIGNMENTS, wanted)]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
  expect(both.find(({ status }) => status === 400)?.body).toMatchObject({
    detail: 'User is already assigned to this task',
  });
  const { body: listed } = await admin.get<Assignment[]>(`${TASKS}/${task.id}/assignments`);
  expect(listed).toMatchObject([{ user_id: userId, task_title: 'Ship it', status: 'active' }]);
  const path = `${ASSIGNMENTS}/${listed[0].id}`;
  const done = await admin.json<Assignment>('PUT', path, { body: { status: 'completed' } });
  expect(done.body).toMatchObject({ status: 'completed', completed_at: expect.any(String) as string });
  expect((await admin.json('DELETE', path)).status).toBe(200);
  expect((await admin.get<Assignment[]>(`${ASSIGNMENTS}?user_id=${userId}&task_id=${task.id}`)).body).toMatchObject([
    { status: 'cancelled', completed_at: null },
  ]);
  expect((await admin.post<Assignment>(ASSIGNMENTS, wanted)).body).toMatchObject({
    id: listed[0].id,
    status: 'active',
  });
});

it.each([
  ['POST', TASKS, { title: '' }, 422],
  ['POST', TASKS, { title: 'x', allowed_intents: ['DROP TABLE'] }, 422],
  ['POST', TASKS, { title: 'x', token_limit: -1 }, 422],
  ['POST', TASKS, { title: 'x', description: 'a\0b' }, 422],
  ['PUT', `${TASKS}/999999`, { title: 'x' }, 404],
  ['PUT', `${TASKS}/1.5`, { title: 'x' }, 422],
  ['POST', ASSIGNMENTS, { user_id: 999_999, task_id: 1 }, 404],
  ['POST', ASSIGNMENTS, { user_id: 1, task_id: 999_999 }, 404],
  ['PUT', `${ASSIGNMENTS}/999999`, { status: 'completed' }, 404],
  ['PUT', `${ASSIGNMENTS}/1`, { status: 'lost' }, 422],
  ['DELETE', `${ASSIGNMENTS}/99999999999`, undefined, 422],
] as const)('%s %s %j is %i', async (method, path, body, status) => {
  expect((await admin.json(method, path, { body })).status).toBe(status);
});

it('keeps an intent that no call has, as other words may be meant for people, and warns of it by name', async () => {
  const task = await newTask({ allowed_intents: ['coding', 'nonsense'] });
  expect(task.allowed_intents).toEqual(['coding', 'nonsense']);
  expect(task.warnings).toEqual([
    "allowed_intents: no call is ever 'nonsense': that allows nothing. Known are coding, testing, documentation, research, off_topic.",
  ]);
  const { body: change } = await admin.json<Task>('PUT', `${TASKS}/${task.id}`, {
    body: { allowed_intents: ['codnig'] },
  });
  expect(change.warnings).toEqual([
    expect.stringMatching(/'codnig': every call with a known intent is outside of this task/),
  ]);
  expect((await admin.get<Task>(`${TASKS}/${task.id}`)).body.warnings).toEqual(change.warnings);
  expect((await newTask()).warnings).toEqual([]);
});

it('is for administrators only', async () => {
  const { client } = await member();
  expect((await client.get(TASKS)).status).toBe(401);
  expect((await gateway.client().get(TASKS)).status).toBe(401);
});
