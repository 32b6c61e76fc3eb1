import type { ApiClient } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

const CHAT = '/api/v1/chat/completions';
const CALLS = 20;

interface LogRow {
  intent_classification: string;
  deviation_score_delta: number;
  user_score_before: number;
  user_score_after: number;
}

let redis: RedisServer;
let gateway: Gateway;
let admin: ApiClient;

/** Two replicas that answer and analyse, through Bull. */
beforeAll(async () => {
  redis = await RedisServer.start();
  gateway = await Gateway.start({ replicas: 2, env: { REDIS_URL: redis.url } });
  admin = await gateway.admin();
});
afterAll(async () => {
  await gateway.stop();
  await redis.stop();
});

it('20 off-topic requests at once over two replicas: the score is exactly their sum, one block, one alert', async () => {
  const { body: task } = await admin.post<{ id: number }>('/api/v1/admin/tasks', {
    title: 'Backend',
    allowed_intents: ['coding', 'testing'],
  });
  const account = await gateway.account();
  await gateway.assign(account, task.id);
  const ask = (replica: number, turn = 0) =>
    gateway
      .client(replica)
      .bearer(account.key)
      .post<{ intent_classification: string; error: { code: string; case_id: string } }>(CHAT, {
        task_id: task.id,
        model: 'gpt-4o-mini',
        max_tokens: 20,
        messages: [{ role: 'user', content: `Write a short poem about the sea for my grandmother, verse ${turn}.` }],
      });
  const gate = gateway.upstream.gate();
  const asked = Array.from({ length: CALLS }, (_, turn) => ask(turn % 2, turn));
  await gateway.upstream.received(CALLS);
  gate.release();
  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status)).toEqual(Array<number>(CALLS).fill(200));
  expect(new Set(answers.map(({ body }) => body.intent_classification))).toEqual(new Set(['off_topic']));

  const log = async () =>
    (await admin.get<LogRow[]>(`/api/v1/admin/logs?user_id=${account.id}&limit=100`)).body.filter(
      ({ deviation_score_delta: delta }) => delta !== null,
    );
  await until('the analysis', async () => (await log()).length === CALLS, { timeoutMs: 60_000, intervalMs: 100 });
  const rows = (await log()).sort((a, b) => a.user_score_after - b.user_score_after);
  expect(rows.map(({ deviation_score_delta: delta }) => delta)).toEqual(Array<number>(CALLS).fill(1));
  expect(rows.map(({ user_score_before, user_score_after }) => [user_score_before, user_score_after])).toEqual(
    Array.from({ length: CALLS }, (_, turn) => [turn, turn + 1]),
  );
  const standing = await admin.get<{ deviation_score: number; events: { kind: string }[]; evidence: object[] }>(
    `/api/v1/admin/misuse/accounts/${account.id}`,
  );
  expect(standing.body).toMatchObject({ deviation_score: CALLS, is_blocked: true });
  expect(standing.body.events.filter(({ kind }) => kind === 'case_opened')).toHaveLength(1);
  const cases = await admin.get<{ id: string }[]>(`/api/v1/admin/cases?user_id=${account.id}`);
  expect(cases.body).toMatchObject([{ cause: 'deviation', state: 'open', enforced: true }]);
  const { body: mine } = await account.client.get<{ evidence: object[] }>('/api/v1/user/case');
  expect(mine.evidence.length).toBeGreaterThanOrEqual(2);
  for (const { evidence } of [mine, standing.body]) {
    for (const piece of evidence) {
      expect(piece).toMatchObject({ guard_intent: 'off_topic', task_id: task.id, deviation_delta: 1 });
    }
  }
  expect(standing.body.evidence).toHaveLength(CALLS);
  const alerts = await admin.get<{ alert_type: string; occurrences: number }[]>(
    `/api/v1/admin/alerts/user/${account.id}`,
  );
  expect(alerts.body.filter(({ alert_type: type }) => type === 'deviation_blocked')).toMatchObject([
    { occurrences: 1, severity: 'critical' },
  ]);

  await until('403 on both replicas', async () => {
    const refused = await Promise.all([ask(0), ask(1)]);
    return refused.every(({ status, body }) => status === 403 && body.error.case_id === cases.body[0].id);
  });
});
