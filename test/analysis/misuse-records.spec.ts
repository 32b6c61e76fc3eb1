import type { INestApplicationContext } from '@nestjs/common';
import { weightOf } from '../../src/modules/misuse/behaviour/calibration.js';
import { STEPS } from '../../src/modules/misuse/behaviour/policy.js';
import { startAnalysis } from '../support/analysis-worker.js';
import type { ApiClient } from '../support/api-client.js';
import { attacksTo } from '../support/attacks.js';
import { ADMIN, Gateway } from '../support/gateway.js';
import type { TestAccount } from '../support/gateway.js';
import { settle } from '../support/settled-calls.js';
import { until } from '../support/until.js';
import { judgeAs } from '../support/judge-as.js';

jest.setTimeout(60_000);

type Risks = Record<'high_risk' | 'medium_risk' | 'low_risk', number>;

interface Numbers {
  total_users: number;
  user_risk_distribution: Risks;
}

interface Export {
  misuse: { state: { score: number }; cases: { evidence: object[] }[] };
}

/** Of every prompt. */
const SCORE = 0.97;
const WEIGHT = weightOf(SCORE);
/** More attacks than a block takes. */
const MANY = 2 * attacksTo('block', WEIGHT);

let gateway: Gateway;
let admin: ApiClient;
let worker: INestApplicationContext;

/** A server, and a worker for which every prompt is an attack. */
beforeAll(async () => {
  gateway = await Gateway.start({ env: { ROLE: 'api' } });
  admin = await gateway.admin();
  worker = await startAnalysis(gateway.databaseUrl, { role: 'worker' });
  judgeAs(worker, () => ({
    intent: 'coding',
    guardIntent: 'coding',
    confidence: 0.9,
    misuse: { score: SCORE, category: 'jailbreak', heads: { harm: 0.1, attack: SCORE } },
  }));
});

afterAll(async () => {
  await worker.close();
  await gateway.stop();
});

/** So many different attacks. */
async function attack(account: TestAccount, attacks: number): Promise<void> {
  const prompts = Array.from({ length: attacks }, (_, index) => String.fromCharCode(97 + index).repeat(5));
  await settle(
    gateway.databaseUrl,
    prompts.map((prompt) => ({ userId: account.id, prompt })),
  );
  await until('the analysis', async () => {
    const [{ left }] = await gateway.books.query<{ left: number }>('SELECT count(*)::int AS left FROM outbox');
    return left === 0;
  });
}

/** A login of an account: the administrator's password is put in, as nobody knows one. */
async function loginOf({ id }: TestAccount): Promise<ApiClient> {
  const username = `person-${id}`;
  await gateway.books.query(
    `UPDATE users SET username = $2, username_normalized = $2, password_hash =
       (SELECT password_hash FROM users WHERE role = 'admin' AND password_hash IS NOT NULL LIMIT 1) WHERE id = $1`,
    [id, username],
  );
  const { body } = await gateway.client().post<{ access_token: string }>('/api/auth/login', {
    username,
    password: ADMIN.password,
  });
  return gateway.client().bearer(body.access_token);
}

it('lets a person take the own cases, appeals and state away', async () => {
  const account = await gateway.account();
  await attack(account, MANY);
  const { body: mine } = await account.client.get<{ id: string }>('/api/v1/user/case');
  await account.client.post('/api/v1/user/case/appeal', { text: 'It was a test.' });
  await admin.post(`/api/v1/admin/cases/${mine.id}/unblock`, { note: 'So it was.' });
  await attack(account, 1);
  const { status, body } = await (await loginOf(account)).get<Export>('/api/v1/user/export');
  expect(status).toBe(200);
  expect(body.misuse).toMatchObject({
    state: { level: 'normal', is_blocked: false, deviation_score: 0 },
    cases: [{ id: mine.id, state: 'unblocked', cause: 'behaviour', enforced: true, appeal: 'It was a test.' }],
  });
  expect(body.misuse.state.score).toBeCloseTo(WEIGHT, 1);
  expect(body.misuse.cases[0].evidence.length).toBeGreaterThanOrEqual(STEPS.block.distinctPrompts);
  // What an administrator noted is the administrator's.
  expect(JSON.stringify(body.misuse)).not.toContain('So it was.');
});

it('counts the accounts at each risk', async () => {
  const numbers = async () => (await admin.get<Numbers>('/api/v1/admin/analytics/users')).body;
  const { user_risk_distribution: before } = await numbers();
  const [warned, throttled, gone] = [await gateway.account(), await gateway.account(), await gateway.account()];
  await gateway.account();
  await attack(warned, attacksTo('warn', WEIGHT));
  await attack(throttled, attacksTo('throttle', WEIGHT));
  await gateway.books.query('UPDATE users SET deleted_at = now() WHERE id = $1', [gone.id]);
  const { user_risk_distribution: after, total_users: total } = await numbers();
  expect(after.high_risk - before.high_risk).toBe(1);
  expect(after.medium_risk - before.medium_risk).toBe(1);
  expect(after.low_risk - before.low_risk).toBe(1);
  expect(after.high_risk + after.medium_risk + after.low_risk).toBe(total);
});
