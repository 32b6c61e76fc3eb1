import type { INestApplicationContext } from '@nestjs/common';
import { STEPS } from '../../src/modules/misuse/behaviour/policy.js';
import { startAnalysis } from '../support/analysis-worker.js';
import type { ApiClient } from '../support/api-client.js';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import { judgeAs } from '../support/judge-as.js';
import { settle } from '../support/settled-calls.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

const ACCOUNTS = '/api/v1/admin/misuse/accounts';
const CASES = '/api/v1/admin/cases';
const MY_CASE = '/api/v1/user/case';
const DAY_MS = 24 * 3_600_000;
const PER_MINUTE = 7;
/** More than a block takes. */
const MANY = 20;

interface Standing {
  user_id: number;
  level: string;
  enforced: boolean;
  throttled_per_minute: number | null;
  needs_person: boolean;
  is_blocked: boolean;
}

interface Case {
  id: string;
  state: string;
  enforced: boolean;
  needs_person: boolean;
  evidence: { request_id: string }[];
}

interface Timeline extends Standing {
  cases: Case[];
  events: { kind: string; request_id: string | null; case_id: string | null; enforced: boolean }[];
}

let gateway: Gateway;
let admin: ApiClient;
let worker: INestApplicationContext | undefined;

beforeAll(async () => {
  gateway = await Gateway.start({ env: { ROLE: 'api', MISUSE_THROTTLED_PER_MINUTE: `${PER_MINUTE}` } });
  admin = await gateway.admin();
});

afterEach(async () => {
  await worker?.close();
  worker = undefined;
});

afterAll(() => gateway.stop());

/** Ends the worker, if there is one, and starts one in this mode, for which prompts with the word are attacks. */
async function work(mode: 'shadow' | 'enforce'): Promise<void> {
  await worker?.close();
  const environment = { MISUSE_MODE: mode, MISUSE_THROTTLED_PER_MINUTE: PER_MINUTE };
  worker = await startAnalysis(gateway.databaseUrl, { role: 'worker' }, environment);
  judgeAs(worker, (text) => {
    const score = text.includes('ATTACK') ? 0.97 : 0.02;
    return {
      intent: 'coding',
      guardIntent: 'coding',
      confidence: 0.9,
      misuse: { score, category: score > 0.5 ? 'jailbreak' : null, heads: { harm: 0.1, attack: score } },
    };
  });
}

let texts = 0;
const different = (kind: string) =>
  `${String.fromCharCode(97 + (texts++ % 26)).repeat(3)}${texts} ${kind} number ${texts}`;

/** So many calls that differ, settled and analysed. Resolves with their ids. */
async function say({ id }: TestAccount, kind: 'ATTACK' | 'question', count = 1, at = new Date()): Promise<string[]> {
  const calls = Array.from({ length: count }, () => ({ userId: id, prompt: different(kind), at }));
  const ids = await settle(gateway.databaseUrl, calls);
  await until('an empty outbox', async () => {
    const [{ left }] = await gateway.books.query<{ left: number }>('SELECT count(*)::int AS left FROM outbox');
    return left === 0;
  });
  return ids;
}

const timeline = async ({ id }: TestAccount) => (await admin.get<Timeline>(`${ACCOUNTS}/${id}`)).body;
const detail = async (id: string) => (await admin.get<Case>(`${CASES}/${id}`)).body;
const exempt = ({ id }: TestAccount, isExempt: boolean) =>
  admin.json('PUT', `${ACCOUNTS}/${id}/exemption`, { body: { exempt: isExempt, note: 'A red team.' } });

async function queued({ id }: TestAccount): Promise<Standing | undefined> {
  const { body } = await admin.get<Standing[]>(`${ACCOUNTS}?limit=1000`);
  return body.find(({ user_id }) => user_id === id);
}

const UNENFORCED = { level: 'block', enforced: false, throttled_per_minute: null, is_blocked: false };
const THROTTLED = { level: 'block', enforced: false, throttled_per_minute: PER_MINUTE, is_blocked: false };
const BLOCKED = { level: 'block', enforced: true, throttled_per_minute: PER_MINUTE, is_blocked: true };

/** An account at the level of a block that nobody carried out, with its case. */
async function unenforced(): Promise<{ account: TestAccount; found: Case }> {
  const account = await gateway.account();
  await work('shadow');
  await say(account, 'ATTACK', MANY);
  expect(await timeline(account)).toMatchObject({ ...UNENFORCED, cases: [{ state: 'open', enforced: false }] });
  expect(await queued(account)).toMatchObject(UNENFORCED);
  const { cases } = await timeline(account);
  return { account, found: await detail(cases[0].id) };
}

/** That the next flagged prompt blocks it, by the case that was there, and everybody can see how that came. */
async function expectBlockByNextAttack(account: TestAccount, before: Case): Promise<void> {
  const [request] = await say(account, 'ATTACK');
  const { cases, events, ...standing } = await timeline(account);
  expect(standing).toMatchObject(BLOCKED);
  expect(await queued(account)).toMatchObject(BLOCKED);
  expect(cases).toMatchObject([{ id: before.id, state: 'open', enforced: true }]);
  expect(events.filter(({ kind }) => kind === 'case_enforced')).toEqual([
    expect.objectContaining({ case_id: before.id, request_id: request, enforced: true }),
  ]);
  const { evidence } = await detail(before.id);
  expect(evidence.map(({ request_id }) => request_id)).toEqual([
    request,
    ...before.evidence.map(({ request_id }) => request_id),
  ]);
  const audited = await gateway.books.query(
    `SELECT details ->> 'caseId' AS id FROM audit_log WHERE action = 'account.blocked' AND target_user_id = $1`,
    [account.id],
  );
  expect(audited).toEqual([{ id: before.id }]);
  await until('403', async () => (await account.client.post(CHAT, chat())).status === 403);
  expect((await account.client.get<Case>(MY_CASE)).body).toMatchObject({ id: before.id, state: 'open' });
}

it('throttles with the next call, and blocks with the next flagged one, who got to a block in shadow mode', async () => {
  const { account, found } = await unenforced();
  await work('enforce');
  expect(await timeline(account)).toMatchObject(UNENFORCED);
  await say(account, 'question');
  expect(await timeline(account)).toMatchObject(THROTTLED);
  expect((await timeline(account)).events.at(-1)).toMatchObject({ kind: 'throttle_enforced', enforced: true });
  await expectBlockByNextAttack(account, found);
});

it('throttles with the end of an exemption, and blocks with the next flagged prompt, who got to a block exempt', async () => {
  await work('enforce');
  const account = await gateway.account();
  await exempt(account, true);
  await say(account, 'ATTACK', MANY);
  expect(await timeline(account)).toMatchObject(UNENFORCED);
  await exempt(account, false);
  const { cases, events, ...standing } = await timeline(account);
  expect(standing).toMatchObject(THROTTLED);
  expect(events.slice(-2).map(({ kind }) => kind)).toEqual(['watched_again', 'throttle_enforced']);
  await expectBlockByNextAttack(account, await detail(cases[0].id));
});

it('ends throttles in shadow mode and for who is exempted', async () => {
  const [shadowed, exempted] = [await gateway.account(), await gateway.account()];
  await work('enforce');
  for (const account of [shadowed, exempted]) {
    await say(account, 'ATTACK', STEPS.throttle.distinctPrompts);
    expect(await timeline(account)).toMatchObject({
      level: 'throttle',
      enforced: true,
      throttled_per_minute: PER_MINUTE,
    });
  }
  const ended = { level: 'throttle', enforced: false, throttled_per_minute: null };
  await exempt(exempted, true);
  expect(await queued(exempted)).toMatchObject(ended);
  await work('shadow');
  await say(shadowed, 'question');
  expect(await queued(shadowed)).toMatchObject(ended);
});

it('leaves alone whom a person let in before the change', async () => {
  const { account, found } = await unenforced();
  expect((await admin.post(`${CASES}/${found.id}/unblock`, { note: 'Known.' })).status).toBe(200);
  await work('enforce');
  await say(account, 'ATTACK');
  const { cases, ...standing } = await timeline(account);
  expect(standing).toMatchObject({ level: 'normal', enforced: true, throttled_per_minute: null, is_blocked: false });
  expect(cases).toMatchObject([{ id: found.id, state: 'unblocked', enforced: false }]);
});

it('does not go by a level that only waited for a person, when nothing carries it any more', async () => {
  const account = await gateway.account();
  await work('shadow');
  for (const daysAgo of [12, 6]) await say(account, 'ATTACK', MANY, new Date(Date.now() - daysAgo * DAY_MS));
  expect(await queued(account)).toMatchObject({ ...UNENFORCED, needs_person: true });
  await work('enforce');
  await say(account, 'ATTACK');
  expect(await queued(account)).toMatchObject({ ...THROTTLED, needs_person: true });
  await say(account, 'ATTACK', MANY);
  expect(await queued(account)).toMatchObject({ ...BLOCKED, needs_person: true });
});

it('blocks who comes back after an unblock, and the queue says that only a person lets it in again', async () => {
  await work('enforce');
  const account = await gateway.account();
  await say(account, 'ATTACK', MANY);
  const { cases: first } = await timeline(account);
  expect(await queued(account)).toMatchObject({ ...BLOCKED, needs_person: false });
  await admin.post(`${CASES}/${first[0].id}/unblock`, { note: 'A test.' });
  expect(await queued(account)).toMatchObject({ is_blocked: false, needs_person: false });
  await say(account, 'ATTACK', MANY);
  expect(await queued(account)).toMatchObject({ ...BLOCKED, needs_person: true });
  const { cases } = await timeline(account);
  expect(cases).toMatchObject([
    { state: 'open', enforced: true, needs_person: true },
    { id: first[0].id, state: 'unblocked' },
  ]);
});
