import type { ApiClient } from '../support/api-client.js';
import type { Gateway, TestAccount } from '../support/gateway.js';
import { ReviewScene } from '../support/review-scene.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const ACCOUNTS = '/api/v1/admin/misuse/accounts';
const CASES = '/api/v1/admin/cases';
const MY_CASE = '/api/v1/user/case';
/** More different attacks than a block takes. */
const MANY = 20;
const CONFIRMED_ALREADY = { status: 400, body: { detail: 'This case has been confirmed already' } };

interface Case {
  id: string;
  user_id: number;
  state: string;
  answer: string | null;
  upheld_at: string | null;
  upheld_by: number | null;
  closed_at: string | null;
  events: { kind: string; actor_id: number | null; details: Record<string, unknown> }[];
}

let scene: ReviewScene;
let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  scene = await ReviewScene.start(0.97);
  ({ gateway, admin } = scene);
});
afterAll(() => scene.stop());

async function blockedByHand(): Promise<TestAccount> {
  const account = await gateway.account();
  expect((await admin.post(`${ACCOUNTS}/${account.id}/block`, { note: 'Spam.' })).status).toBe(200);
  return account;
}

const mine = async ({ client }: TestAccount) => (await client.get<Case>(MY_CASE)).body;
const appeal = ({ client }: TestAccount, text: string) => client.post<Case>(`${MY_CASE}/appeal`, { text });
const confirm = (id: string, body: object) => admin.post<Case>(`${CASES}/${id}/confirm`, body);

/** In which of the lists of cases an account's stands. */
async function listsOf({ id }: TestAccount): Promise<string[]> {
  const states = ['open', 'appealed', 'upheld', 'unblocked'];
  const lists = await Promise.all(
    states.map((state) => admin.get<Case[]>(`${CASES}?state=${state}&user_id=${id}&limit=1000`)),
  );
  return states.filter((_, index) => lists[index].body.length > 0);
}

const audited = ({ id }: TestAccount, action: string) =>
  gateway.books.query<{ actor: number; details: object }>(
    'SELECT actor_user_id AS actor, details FROM audit_log WHERE target_user_id = $1 AND action = $2',
    [id, action],
  );

it('ends an appeal by confirming the block: it leaves the queue, the owner is told, and can still be let in', async () => {
  const account = await gateway.account();
  await scene.attack(account, MANY);
  const { id } = await mine(account);
  expect((await appeal(account, 'These were tests.')).body).toMatchObject({ state: 'appealed', upheld_at: null });
  expect(await listsOf(account)).toEqual(['appealed']);

  const answer = 'We looked at the requests of Monday.\nThe block stands.';
  const confirmed = await confirm(id, { note: 'Scripted, see ticket 7.', answer: ` ${answer}\n` });
  expect([confirmed.status, confirmed.body]).toEqual([
    200,
    expect.objectContaining({ state: 'upheld', answer, closed_at: null, upheld_at: expect.any(String) as string }),
  ]);
  expect(await listsOf(account)).toEqual(['upheld']);
  const { upheld_at, upheld_by, events } = confirmed.body;
  const [decision] = events.filter(({ kind }) => kind === 'upheld');
  expect(decision).toMatchObject({ actor_id: upheld_by, details: { note: 'Scripted, see ticket 7.', answer } });
  expect(await audited(account, 'misuse.block_upheld')).toEqual([{ actor: upheld_by, details: { caseId: id } }]);

  const told = await mine(account);
  expect(told).toMatchObject({ id, state: 'upheld', upheld_at, answer, closed_at: null });
  expect(JSON.stringify(told)).not.toContain('ticket 7');
  expect(await appeal(account, 'And now?')).toMatchObject({
    status: 409,
    body: { detail: 'The appeal in this case was decided: the block stands' },
  });

  expect(await confirm(id, { note: 'Again.', answer: 'Something else.' })).toMatchObject(CONFIRMED_ALREADY);
  expect(await mine(account)).toMatchObject({ answer, upheld_at });
  expect(await audited(account, 'misuse.block_upheld')).toHaveLength(1);
  const verdicts = await (await admin.open(`/api/v1/admin/misuse/calibration`)).body.text();
  expect(verdicts).toContain(`"user_id":${account.id},`);

  expect((await admin.post(`${CASES}/${id}/unblock`, { note: 'A year has passed.' })).status).toBe(200);
  expect(await listsOf(account)).toEqual(['unblocked']);
  expect(await mine(account)).toMatchObject({ id, state: 'unblocked', upheld_at, answer });
  await until('the account to be let in', async () => (await account.client.get('/api/v1/user/quota')).status === 200);
});

it('tells the owner without a word when the reviewer has none', async () => {
  const account = await blockedByHand();
  const { id } = await mine(account);
  await appeal(account, 'Why?');
  await confirm(id, { note: 'It was spam.' });
  expect(await mine(account)).toMatchObject({ state: 'upheld', answer: null, upheld_at: expect.any(String) as string });
});

it('leaves a confirmed block open to an appeal, which is confirmed by itself', async () => {
  const account = await blockedByHand();
  const { id } = await mine(account);
  expect((await confirm(id, { note: 'Seen.' })).body).toMatchObject({ state: 'open', upheld_at: null });
  expect((await appeal(account, 'Why?')).body.state).toBe('appealed');
  expect((await confirm(id, { note: 'Seen again.' })).body.state).toBe('upheld');
  expect(await listsOf(account)).toEqual(['upheld']);
  expect([
    (await audited(account, 'misuse.block_confirmed')).length,
    (await audited(account, 'misuse.block_upheld')).length,
  ]).toEqual([1, 1]);
});

it('decides an appeal once, whoever comes at the same time', async () => {
  const account = await blockedByHand();
  const { id } = await mine(account);
  await appeal(account, 'Why?');
  const answers = await Promise.all(['one', 'two', 'three'].map((answer) => confirm(id, { note: 'Spam.', answer })));
  const [decided, ...late] = answers.sort((a, b) => a.status - b.status);
  expect([decided.status, decided.body.state, late.length]).toEqual([200, 'upheld', 2]);
  for (const refused of late) expect(refused).toMatchObject(CONFIRMED_ALREADY);
  expect(await mine(account)).toMatchObject({ answer: decided.body.answer });
  expect(await audited(account, 'misuse.block_upheld')).toHaveLength(1);
});

it.each(['', '  ', '\u200b'])('refuses an answer without a word (%j)', async (answer) => {
  const account = await blockedByHand();
  const refused = await confirm((await mine(account)).id, { note: 'Spam.', answer });
  expect(refused.status).toBe(422);
  expect(refused.body).toHaveProperty('detail', 'answer must not be blank');
});

it('takes what was answered away with the person', async () => {
  const account = await blockedByHand();
  const { id } = await mine(account);
  await appeal(account, 'Why?');
  await confirm(id, { note: 'It was spam.', answer: 'You sent spam.' });
  expect((await admin.post(`/api/v1/admin/users/${account.id}/erase`)).status).toBe(200);
  const { body } = await admin.get<Case>(`${CASES}/${id}`);
  expect(body).toMatchObject({ state: 'upheld', answer: null, appeal: null });
  expect(JSON.stringify(body.events)).not.toMatch(/spam/i);
});
