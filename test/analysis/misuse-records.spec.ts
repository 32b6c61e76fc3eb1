import { weightOf } from '../../src/modules/misuse/behaviour/calibration.js';
import { STEPS } from '../../src/modules/misuse/behaviour/policy.js';
import type { ApiClient } from '../support/api-client.js';
import { attacksTo } from '../support/attacks.js';
import { ADMIN } from '../support/gateway.js';
import type { Gateway, TestAccount } from '../support/gateway.js';
import { ReviewScene } from '../support/review-scene.js';

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

let scene: ReviewScene;
let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  scene = await ReviewScene.start(SCORE);
  ({ gateway, admin } = scene);
});
afterAll(() => scene.stop());

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
  await scene.attack(account, MANY);
  const { body: mine } = await account.client.get<{ id: string }>('/api/v1/user/case');
  await account.client.post('/api/v1/user/case/appeal', { text: 'It was a test.' });
  await admin.post(`/api/v1/admin/cases/${mine.id}/unblock`, { note: 'So it was.' });
  await scene.attack(account, 1);
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
  await scene.attack(warned, attacksTo('warn', WEIGHT));
  await scene.attack(throttled, attacksTo('throttle', WEIGHT));
  await gateway.books.query('UPDATE users SET deleted_at = now() WHERE id = $1', [gone.id]);
  const { user_risk_distribution: after, total_users: total } = await numbers();
  expect(after.high_risk - before.high_risk).toBe(1);
  expect(after.medium_risk - before.medium_risk).toBe(1);
  expect(after.low_risk - before.low_risk).toBe(1);
  expect(after.high_risk + after.medium_risk + after.low_risk).toBe(total);
});
