import type { INestApplicationContext } from '@nestjs/common';
import { weightOf } from '../../src/modules/misuse/behaviour/calibration.js';
import { STEPS } from '../../src/modules/misuse/behaviour/policy.js';
import { LevelUpkeep } from '../../src/modules/misuse/level-upkeep.service.js';
import { startAnalysis } from '../support/analysis-worker.js';
import type { ApiAnswer, ApiClient } from '../support/api-client.js';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import { settle } from '../support/settled-calls.js';
import { until } from '../support/until.js';
import { judgeAs } from '../support/judge-as.js';

jest.setTimeout(120_000);

const DAY_MS = 24 * 3_600_000;
const CASES = '/api/v1/admin/cases';
const MY_CASE = '/api/v1/user/case';
/** More than an attacker needs to get from the throttle to the block. */
const THROTTLED_PER_MINUTE = 30;

interface Case {
  id: string;
  user_id: number;
  state: string;
  cause: string;
  appeal: string | null;
  evidence: { request_id: string; score: number; category: string; weight: number; excerpt: string }[];
  events: { kind: string; request_id: string | null; actor_id: number | null; details: { note?: string } }[];
}

interface Refusal {
  error: { code: string; case_id: string };
}

interface Timeline {
  level: string;
  score: number;
  is_blocked: boolean;
  evidence: (Case['evidence'][number] & { excluded_at: string | null; model_version: string })[];
  events: Case['events'];
}

let gateway: Gateway;
let admin: ApiClient;
let worker: INestApplicationContext;

/** Two replicas that answer, and a worker for which a prompt with the word is an attack. */
beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2, env: { ROLE: 'api' } });
  admin = await gateway.admin();
  worker = await startAnalysis(
    gateway.databaseUrl,
    { role: 'worker' },
    { MISUSE_THROTTLED_PER_MINUTE: THROTTLED_PER_MINUTE },
  );
  judgeAs(worker, (text) => {
    const score = text.includes('ATTACK') ? 0.97 : 0.02;
    return {
      intent: 'coding',
      guardIntent: 'coding',
      confidence: 0.9,
      misuse: { score, category: score > 0.5 ? 'jailbreak' : null, heads: { harm: 0.1, attack: score } },
    };
  });
});

afterAll(async () => {
  await worker.close();
  await gateway.stop();
});

let attacks = 0;
const attack = (): string =>
  `${String.fromCharCode(97 + (attacks++ % 26)).repeat(3)}${attacks} ATTACK number ${attacks}`;

const say = (content: string) => chat({ messages: [{ role: 'user', content }] });

async function analysed(): Promise<void> {
  await until('an empty outbox', async () => {
    const [{ left }] = await gateway.books.query<{ left: number }>('SELECT count(*)::int AS left FROM outbox');
    return left === 0;
  });
}

async function levelOf(account: TestAccount): Promise<string> {
  await analysed();
  return (await timeline(account)).level;
}

async function timeline({ id }: TestAccount): Promise<Timeline> {
  return (await admin.get<Timeline>(`/api/v1/admin/misuse/accounts/${id}`)).body;
}

async function attackUntil(account: TestAccount, level: string): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) {
    if ((await levelOf(account)) === level) return;
    await account.client.post(CHAT, say(attack()));
  }
  throw new Error(`40 attacks did not lead to ${level}`);
}

async function blocked(): Promise<{ account: TestAccount; caseId: string }> {
  const account = await gateway.account();
  await settle(
    gateway.databaseUrl,
    Array.from({ length: 20 }, () => ({ userId: account.id, prompt: attack() })),
  );
  await until('a block', async () => (await levelOf(account)) === 'block');
  const [{ id }] = (await admin.get<Case[]>(`${CASES}?user_id=${account.id}&state=open`)).body;
  return { account, caseId: id };
}

function refusals(account: TestAccount): Promise<ApiAnswer<Refusal>[]> {
  return Promise.all([0, 1].map((replica) => gateway.client(replica).bearer(account.key).post<Refusal>(CHAT, chat())));
}

it('lets through so many requests a minute of a throttled account, and no more', async () => {
  const account = await gateway.account();
  while ((await levelOf(account)) !== 'throttle') {
    await settle(gateway.databaseUrl, [{ userId: account.id, prompt: attack() }]);
  }
  const wanted = 2 * THROTTLED_PER_MINUTE + 1;
  const answers = await Promise.all(Array.from({ length: wanted }, () => account.client.post(CHAT, chat())));
  const passed = answers.filter(({ status }) => status === 200).length;
  expect(passed).toBeGreaterThan(0);
  expect(passed).toBeLessThanOrEqual(2 * THROTTLED_PER_MINUTE);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(wanted - passed);
});

it('warns, throttles and blocks an attacker on both replicas; it appeals and is let in again, with every step on record', async () => {
  const account = await gateway.account();
  expect((await account.client.get(MY_CASE)).status).toBe(404);
  await attackUntil(account, 'warn');
  const throttledTo = () =>
    gateway.books.query('SELECT throttled_per_minute AS rate FROM quota_accounts WHERE user_id = $1', [account.id]);
  expect(await throttledTo()).toEqual([{ rate: null }]);
  await attackUntil(account, 'throttle');
  expect(await throttledTo()).toEqual([{ rate: THROTTLED_PER_MINUTE }]);
  await attackUntil(account, 'block');

  await until('403 on both replicas', async () => (await refusals(account)).every(({ status }) => status === 403), {
    timeoutMs: 5_000,
  });
  const { body: mine } = await account.client.get<Case>(MY_CASE);
  for (const { body } of await refusals(account)) {
    expect(body.error).toMatchObject({ code: 'account_suspended', case_id: mine.id });
  }
  expect(mine).toMatchObject({ state: 'open', cause: 'behaviour', appeal: null });
  expect(mine.evidence.length).toBeGreaterThanOrEqual(STEPS.block.distinctPrompts);
  expect((await account.client.get('/api/v1/user/quota')).status).toBe(403);

  const appeal = await account.client.post<Case>(`${MY_CASE}/appeal`, { text: 'These are tests\nof my filter.' });
  expect([appeal.status, appeal.body.state]).toEqual([200, 'appealed']);
  expect(await account.client.post(`${MY_CASE}/appeal`, { text: 'Again' })).toMatchObject({
    status: 400,
    body: { detail: 'This case has been appealed already' },
  });
  expect((await admin.get<Case[]>(`${CASES}?state=appealed`)).body).toMatchObject([
    { id: mine.id, user_id: account.id, appeal: 'These are tests\nof my filter.' },
  ]);
  const alerts = await admin.get<{ alert_type: string }[]>(`/api/v1/admin/alerts/user/${account.id}`);
  expect(alerts.body.map(({ alert_type }) => alert_type)).toEqual([
    'misuse_blocked',
    'misuse_throttled',
    'suspicious_content',
  ]);

  expect((await admin.post(`${CASES}/${mine.id}/unblock`, {})).status).toBe(422);
  const closed = await admin.post<Case>(`${CASES}/${mine.id}/unblock`, { note: 'A tester.' });
  expect([closed.status, closed.body.state]).toEqual([200, 'unblocked']);
  expect((await admin.post(`${CASES}/${mine.id}/unblock`, { note: 'Again' })).status).toBe(400);
  expect(await account.client.post(`${MY_CASE}/appeal`, { text: 'Again' })).toMatchObject({
    status: 400,
    body: { detail: 'This case is closed' },
  });
  await until('200 on both replicas', async () => (await refusals(account)).every(({ status }) => status === 200), {
    timeoutMs: 5_000,
  });
  expect(await timeline(account)).toMatchObject({ level: 'normal', score: 0, is_blocked: false });
  expect(await throttledTo()).toEqual([{ rate: null }]);

  const { body: detail } = await admin.get<Case>(`${CASES}/${mine.id}`);
  expect(detail.events.map(({ kind }) => kind)).toEqual([
    'warn',
    'throttle',
    'block',
    'case_opened',
    'appealed',
    'unblocked',
    'reset',
    'normal',
  ]);
  const [warn, throttle, block, , , unblocked, reset] = detail.events;
  for (const step of [warn, throttle, block]) {
    expect(detail.evidence.map(({ request_id }) => request_id)).toContain(step.request_id);
  }
  const { evidence, events } = await timeline(account);
  expect(events.map(({ kind }) => kind)).toEqual(detail.events.map(({ kind }) => kind));
  for (const { request_id } of events.filter(({ request_id }) => request_id !== null)) {
    const [shown] = evidence.filter((piece) => piece.request_id === request_id);
    expect(shown).toMatchObject({ score: 0.97, category: 'jailbreak', model_version: expect.any(String) as string });
    expect(shown.excerpt).toContain('ATTACK');
    expect(shown.weight).toBeCloseTo(weightOf(0.97), 3);
  }
  expect(detail.evidence[0]).toMatchObject({ score: 0.97, category: 'jailbreak' });
  expect(detail.evidence[0].excerpt).toContain('ATTACK');
  expect(detail.evidence[0].weight).toBeCloseTo(weightOf(0.97), 3);
  expect(unblocked).toMatchObject({ details: { note: 'A tester.' }, actor_id: expect.any(Number) as number });
  expect(reset).toMatchObject({ details: { note: 'A tester.' }, actor_id: unblocked.actor_id });
});

it('takes false positives out of the evidence, which lifts what they led to', async () => {
  const account = await gateway.account();
  await attackUntil(account, 'throttle');
  const { evidence } = await timeline(account);
  for (const { request_id } of evidence) {
    const path = `/api/v1/admin/misuse/accounts/${account.id}/evidence/${request_id}/false-positive`;
    for (const note of ['A game.', 'Again.']) expect((await admin.post(path, { note })).status).toBe(200);
  }
  const after = await timeline(account);
  expect(after).toMatchObject({ level: 'normal', score: 0 });
  expect(after.evidence.every(({ excluded_at }) => excluded_at !== null)).toBe(true);
  const marks = after.events.filter(({ kind }) => kind === 'false_positive');
  expect(marks.map(({ request_id }) => request_id).sort()).toEqual(evidence.map(({ request_id }) => request_id).sort());
  expect(marks.every(({ details }) => details.note === 'A game.')).toBe(true);
  const audited = await gateway.books.query(
    `SELECT 1 FROM audit_log WHERE action = 'misuse.evidence_excluded' AND target_user_id = $1`,
    [account.id],
  );
  expect(audited).toHaveLength(evidence.length);
});

it('dismisses a case, after which its evidence no longer counts', async () => {
  const { account, caseId } = await blocked();
  const { body } = await admin.post<Case>(`${CASES}/${caseId}/dismiss`, { note: 'Nothing in it.' });
  expect(body.state).toBe('dismissed');
  const after = await timeline(account);
  expect(after).toMatchObject({ level: 'normal', is_blocked: false });
  expect(after.evidence.every(({ excluded_at }) => excluded_at !== null)).toBe(true);
});

it('lifts a block by itself when time has come, and leaves the next one to a person', async () => {
  const { account } = await blocked();
  const upkeep = worker.get(LevelUpkeep, { strict: false });
  await upkeep.run(Date.now() + DAY_MS / 2);
  expect((await timeline(account)).is_blocked).toBe(true);
  await upkeep.run(Date.now() + 20 * DAY_MS);
  expect(await timeline(account)).toMatchObject({ is_blocked: false });
  expect((await admin.get<Case[]>(`${CASES}?user_id=${account.id}`)).body).toMatchObject([{ state: 'lifted' }]);
});

it('judges a conversation by its new turns: one bad turn is not counted with every turn after it', async () => {
  const account = await gateway.account();
  let history = attack();
  for (let turn = 0; turn < 12; turn += 1) {
    const at = new Date(Date.now() - (12 - turn) * 1_000);
    await settle(gateway.databaseUrl, [{ userId: account.id, prompt: history, completion: `answer ${turn}`, at }]);
    history += `\nanswer ${turn}\nand then, what about ${turn}?`;
  }
  await analysed();
  const after = await timeline(account);
  expect(after.level).toBe('normal');
  expect(after.evidence).toHaveLength(1);
});

it('does not count an app that repeats one false positive', async () => {
  const account = await gateway.account();
  const prompt = attack();
  await settle(
    gateway.databaseUrl,
    Array.from({ length: 300 }, () => ({ userId: account.id, prompt })),
  );
  expect(await levelOf(account)).toBe('normal');
});

it('watches an allow-listed account and does not act upon it', async () => {
  const account = await gateway.account();
  const path = `/api/v1/admin/misuse/accounts/${account.id}/exemption`;
  expect((await admin.json('PUT', path, { body: { exempt: true, note: 'Red team.' } })).status).toBe(200);
  await attackUntil(account, 'block');
  expect(await timeline(account)).toMatchObject({ level: 'block', is_blocked: false, is_exempt: true });
  expect((await account.client.post(CHAT, chat())).status).toBe(200);
});

it('shows a block by an administrator as a case, which can be appealed', async () => {
  const account = await gateway.account();
  const { body } = await admin.post<{ case_id: string }>(`/api/v1/admin/users/${account.id}/block`, {
    reason: 'Unpaid',
  });
  await until('a block', async () => (await refusals(account)).every(({ status }) => status === 403));
  expect((await account.client.get<Case>(MY_CASE)).body).toMatchObject({
    id: body.case_id,
    cause: 'manual',
    reason: 'Unpaid',
  });
  expect((await account.client.post<Case>(`${MY_CASE}/appeal`, { text: 'Paid now.' })).body.state).toBe('appealed');
  expect((await admin.post(`/api/v1/admin/users/${account.id}/unblock`)).status).toBe(200);
  await until('200 again', async () => (await refusals(account)).every(({ status }) => status === 200));
  expect((await account.client.get<Case>(MY_CASE)).body).toMatchObject({ id: body.case_id, state: 'unblocked' });
});

it('blocks by way of an alert, and resolves it', async () => {
  const account = await gateway.account();
  await attackUntil(account, 'warn');
  const [alert] = (await admin.get<{ id: number }[]>(`/api/v1/admin/alerts/user/${account.id}`)).body;
  const path = `/api/v1/admin/alerts/${alert.id}/block-user`;
  expect((await admin.post(path, { reason: ' ' })).status).toBe(422);
  expect((await admin.post(path, { reason: 'Enough' })).body).toMatchObject({
    block_reason: 'Enough',
    alert_resolved: true,
  });
  expect(await timeline(account)).toMatchObject({ is_blocked: true });
  const { body: statistics } = await admin.get<Record<string, number>>('/api/v1/admin/alerts/stats');
  expect(statistics.resolved_alerts).toBeGreaterThanOrEqual(1);
  expect((await admin.get('/api/v1/admin/alerts?status_filter=odd')).status).toBe(422);
});
