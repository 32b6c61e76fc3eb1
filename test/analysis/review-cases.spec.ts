import { weightOf } from '../../src/modules/misuse/behaviour/calibration.js';
import type { ReviewedPrompt } from '../../src/modules/misuse/calibration/reviewed-prompt.js';
import type { ApiClient } from '../support/api-client.js';
import type { Gateway, TestAccount } from '../support/gateway.js';
import { ReviewScene } from '../support/review-scene.js';

jest.setTimeout(60_000);

const ACCOUNTS = '/api/v1/admin/misuse/accounts';
const CALIBRATION = '/api/v1/admin/misuse/calibration';
const CASES = '/api/v1/admin/cases';
const MY_CASE = '/api/v1/user/case';
const BLANKS = ['', ' ', '\n\t ', '\u200b', '\u2800', '\u3164'];
const CONFIRMED_ALREADY = { status: 400, body: { detail: 'This case has been confirmed already' } };
const SCORE = 0.97;

interface Standing {
  user_id: number;
  level: string;
  is_blocked: boolean;
  block_cause: string | null;
}

let scene: ReviewScene;
let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  scene = await ReviewScene.start(SCORE);
  ({ gateway, admin } = scene);
});
afterAll(() => scene.stop());

async function evidenceOf({ id }: TestAccount): Promise<string[]> {
  const { body } = await admin.get<{ evidence: { request_id: string }[] }>(`${ACCOUNTS}/${id}`);
  return body.evidence.map(({ request_id }) => request_id);
}

async function openCase({ id }: TestAccount): Promise<string> {
  const { body } = await admin.get<{ id: string }[]>(`${CASES}?user_id=${id}&state=open`);
  return body[0].id;
}

async function calibration(): Promise<ReviewedPrompt[]> {
  const answer = await admin.open(CALIBRATION);
  expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
  const lines = (await answer.body.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as ReviewedPrompt);
}

it('gives the verdicts of people away as a calibration file, and says so in the audit log', async () => {
  const [marked, confirmed, dismissed] = [await gateway.account(), await gateway.account(), await gateway.account()];
  await scene.attack(marked, 3);
  await scene.attack(confirmed, 20);
  await scene.attack(dismissed, 20);
  const [game, again] = await evidenceOf(marked);
  for (const request of [game, again]) {
    await admin.post(`${ACCOUNTS}/${marked.id}/evidence/${request}/false-positive`, { note: 'A game.' });
  }
  await gateway.books.query('UPDATE misuse_assessments SET excerpt = NULL WHERE request_id = $1', [again]);
  const [upheld, nothing] = [await openCase(confirmed), await openCase(dismissed)];
  expect((await admin.post(`${CASES}/${upheld}/confirm`, { note: 'It stands.' })).status).toBe(200);
  expect(await admin.post(`${CASES}/${upheld}/confirm`, { note: 'Again.' })).toMatchObject(CONFIRMED_ALREADY);
  await admin.post(`${CASES}/${nothing}/dismiss`, { note: 'Nothing in it.' });
  expect((await admin.post(`${CASES}/${nothing}/confirm`, { note: 'It stands.' })).status).toBe(400);

  const lines = await calibration();
  const of = (account: TestAccount) => lines.filter(({ user_id }) => user_id === account.id);
  expect(of(marked).map(({ request_id }) => request_id)).toEqual([game, again].sort());
  expect(of(marked).find(({ request_id }) => request_id === game)).toMatchObject({
    verdict: 'false_positive',
    score: SCORE,
    harm: 0.1,
    attack: SCORE,
    category: 'jailbreak',
    weight: weightOf(SCORE),
    model_version: expect.any(String) as string,
    excerpt: expect.stringMatching(/^(.)\1{4}$/) as string,
  });
  expect(of(marked).find(({ request_id }) => request_id === again)).toHaveProperty('excerpt', null);
  for (const [account, caseId, verdict] of [
    [confirmed, upheld, 'confirmed'],
    [dismissed, nothing, 'false_positive'],
  ] as const) {
    const { body } = await admin.get<{ evidence: { request_id: string }[] }>(`${CASES}/${caseId}`);
    expect(of(account).map(({ request_id }) => request_id)).toEqual(
      body.evidence.map(({ request_id }) => request_id).sort(),
    );
    expect(new Set(of(account).map((line) => line.verdict))).toEqual(new Set([verdict]));
  }
  const taken = await gateway.books.query(`SELECT 1 FROM audit_log WHERE action = 'misuse.calibration_exported'`);
  expect(taken).toHaveLength(1);
  const upholding = await gateway.books.query(`SELECT 1 FROM misuse_events WHERE kind = 'confirmed'`);
  expect(upholding).toHaveLength(1);
  expect((await marked.client.get(CALIBRATION)).status).toBe(401);
});

it.each(BLANKS)(
  'refuses a note and an appeal without a word (%j), which leaves the appeal to be made',
  async (blank) => {
    const account = await gateway.account();
    const path = `${ACCOUNTS}/${account.id}`;
    for (const route of [`${path}/block`, `${path}/unblock`, `${path}/reset`]) {
      const { status, body } = await admin.post(route, { note: blank });
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ loc: ['body', 'note'], msg: 'note must not be blank' }] });
      expect(body).toHaveProperty('detail', 'note must not be blank');
    }
    expect((await admin.post(`${path}/block`, { note: '  Spam.\n' })).status).toBe(200);
    const refused = await account.client.post(`${MY_CASE}/appeal`, { text: blank });
    expect(refused.status).toBe(422);
    expect(refused.body).toHaveProperty('detail', 'text must not be blank');
    expect((await account.client.post(`${MY_CASE}/appeal`, { text: ' Why? ' })).body).toMatchObject({
      state: 'appealed',
      reason: 'Spam.',
      appeal: 'Why?',
    });
  },
);

it('lists who is blocked first, whatever for, then by level and by the score as of now; the allow-listed last at theirs', async () => {
  const [byHand, byPoints, byBehaviour, exempt, high, faded, ordinary] = await Promise.all(
    Array.from({ length: 7 }, () => gateway.account()),
  );
  const state = (account: TestAccount, level: string, score: number, hoursAgo = 0, isExempt = false) =>
    gateway.books.query(
      `INSERT INTO misuse_states (user_id, level, score, scored_at, is_exempt)
       VALUES ($1, $2, $3, now() - make_interval(hours => $4), $5)`,
      [account.id, level, score, hoursAgo, isExempt],
    );
  await state(ordinary, 'normal', 1);
  await state(high, 'warn', 100);
  await state(faded, 'warn', 400, 48);
  await state(byPoints, 'normal', 2);
  await state(byBehaviour, 'block', 900);
  await state(exempt, 'block', 5_000, 0, true);
  await gateway.books.query('UPDATE users SET is_blocked = true WHERE id = ANY($1)', [[byPoints.id, byBehaviour.id]]);
  for (const [account, cause] of [
    [byPoints, 'deviation'],
    [byBehaviour, 'behaviour'],
  ] as const) {
    await gateway.books.query(
      `WITH made AS (INSERT INTO misuse_cases (user_id, cause, reason) VALUES ($1, $2, 'test') RETURNING id)
       UPDATE users SET case_id = (SELECT id FROM made) WHERE id = $1`,
      [account.id, cause],
    );
  }
  await admin.post(`/api/v1/admin/users/${byHand.id}/block`, { reason: 'Unpaid' });

  const wanted = [byBehaviour, byPoints, byHand, exempt, high, faded, ordinary].map(({ id }) => id);
  const listed = async (query: string) => (await admin.get<Standing[]>(`${ACCOUNTS}?${query}`)).body;
  const ours = (standings: Standing[]) => standings.filter(({ user_id }) => wanted.includes(user_id));
  const all = await listed('limit=1000');
  expect(ours(all).map(({ user_id }) => user_id)).toEqual(wanted);
  expect(ours(all).map(({ block_cause }) => block_cause)).toEqual([
    'behaviour',
    'deviation',
    'manual',
    null,
    null,
    null,
    null,
  ]);
  const blocks = ours(await listed('level=block&limit=1000'));
  expect(blocks.map(({ user_id }) => user_id)).toEqual(wanted.slice(0, 4));
  expect(blocks.map(({ level }) => level)).toEqual(['block', 'block', 'block', 'block']);
  expect(ours(await listed('level=normal&limit=1000')).map(({ user_id }) => user_id)).toEqual([ordinary.id]);

  const pages: number[] = [];
  for (let skip = 0; skip < all.length; skip += 2) {
    pages.push(...(await listed(`limit=2&skip=${skip}`)).map(({ user_id }) => user_id));
  }
  expect(pages).toEqual(all.map(({ user_id }) => user_id));
});
