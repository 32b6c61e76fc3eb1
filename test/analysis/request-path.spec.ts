import type { INestApplicationContext } from '@nestjs/common';
import { Client } from 'pg';
import type { Environment } from '../../src/config/environment.js';
import { startAnalysis } from '../support/analysis-worker.js';
import { attacksTo, CONFIDENT_WEIGHT } from '../support/attacks.js';
import { FakeClassifier } from '../support/fake-classifier.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import type { TestAccount } from '../support/gateway.js';
import { settle } from '../support/settled-calls.js';
import { until } from '../support/until.js';
import { END_EVERY_CLAIM } from '../support/outbox-claims.js';
import { judgeAs } from '../support/judge-as.js';

jest.setTimeout(180_000);

let gateway: Gateway;
const workers: INestApplicationContext[] = [];

/** Two replicas that answer. They analyse nothing: that is for the workers of each test. */
beforeAll(async () => {
  gateway = await Gateway.start({ replicas: 2, env: { ROLE: 'api' } });
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});
afterAll(() => gateway.stop());

/** A worker for which a prompt with the word is an attack. */
async function work(environment: Partial<Environment> = {}): Promise<void> {
  const worker = await startAnalysis(gateway.databaseUrl, { role: 'worker' }, environment);
  workers.push(worker);
  judgeAs(worker, (text) => {
    const score = text.includes('ATTACK') ? 0.97 : 0.02;
    return {
      intent: 'coding',
      guardIntent: 'coding',
      confidence: 0.9,
      misuse: { score, category: null, heads: { harm: 0.01, attack: score } },
    };
  });
}

async function count(from: string): Promise<number> {
  const [row] = await gateway.books.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${from}`);
  return row.count;
}

const waiting = (topic = 'call.settled') => count(`outbox WHERE topic = '${topic}'`);
const analysed = () =>
  until('the analysis', async () => (await waiting()) === 0, { timeoutMs: 90_000, intervalMs: 50 });

let asked = 0;
/** Calls of an account at once over both replicas; resolves with their statuses. */
async function call(account: TestAccount, calls: number, words = 'Sort list'): Promise<number[]> {
  const answers = await Promise.all(
    Array.from({ length: calls }, (_, index) => {
      asked += 1;
      const content = `${String(1_000 + asked).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)])} ${words}`;
      const client = gateway.client(index % 2).bearer(account.key);
      return client.post(CHAT, chat({ messages: [{ role: 'user', content }] }));
    }),
  );
  return answers.map(({ status }) => status);
}

const all = (statuses: number[]) => [...new Set(statuses)];

it('answers and bills requests with every worker dead, and analyses each of them once when there is one again', async () => {
  const server = await gateway.addServer({ ROLE: 'worker' });
  const account = await gateway.account();
  expect(all(await call(account, 10))).toEqual([200]);
  await analysed();
  await gateway.servers[server].kill();
  expect(all(await call(account, 60))).toEqual([200]);
  expect(await waiting()).toBe(60);
  expect(await gateway.ledger(account)).toHaveLength(70);
  await Promise.all([work(), work()]);
  await analysed();
  expect(await count(`misuse_assessments WHERE user_id = ${account.id}`)).toBe(70);
  expect(await count(`ledger WHERE user_id = ${account.id} AND analysed_at IS NULL`)).toBe(0);
});

it('answers and bills requests while a worker is frozen in the middle of its work', async () => {
  const server = gateway.servers[await gateway.addServer({ ROLE: 'worker' })];
  const account = await gateway.account();
  const holder = new Client({ connectionString: gateway.databaseUrl });
  await holder.connect();
  await call(account, 1);
  await analysed();
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM misuse_states WHERE user_id = $1 FOR UPDATE', [account.id]);
  await call(account, 5);
  await until('work in the middle', async () => {
    return (await count(`pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%misuse_states%'`)) > 0;
  });
  server.signal('SIGSTOP');
  await holder.query('ROLLBACK');
  await holder.end();
  expect(all(await call(account, 40))).toEqual([200]);
  await work();
  // What the frozen one has in its hands comes back, too: Postgres ends its transaction. Its claims are cut short here.
  await gateway.books.query(END_EVERY_CLAIM);
  await analysed();
  expect(await count(`misuse_assessments WHERE user_id = ${account.id}`)).toBe(46);
  server.signal('SIGCONT');
  await server.stop();
  expect(await count(`misuse_assessments WHERE user_id = ${account.id}`)).toBe(46);
});

it('answers requests of an account while the analysis that throttles it waits for something else', async () => {
  const [attacker, other] = [await gateway.account(), await gateway.account()];
  const holder = new Client({ connectionString: gateway.databaseUrl });
  await holder.connect();
  // An alert about the other account, not yet committed: whoever raises the same one waits.
  await holder.query('BEGIN');
  await holder.query(
    `INSERT INTO misuse_alerts (user_id, alert_type, severity, title, description)
     VALUES ($1, 'suspicious_content', 'medium', 't', 'd')`,
    [other.id],
  );
  const attacks = [attacker, other].flatMap(({ id }) =>
    Array.from({ length: attacksTo('throttle', CONFIDENT_WEIGHT) }, (_, index) => ({
      userId: id,
      prompt: `${String.fromCharCode(97 + index).repeat(4)} ATTACK`,
    })),
  );
  await settle(gateway.databaseUrl, attacks);
  await work({ MISUSE_THROTTLED_PER_MINUTE: 3 });
  await until('the analysis to wait', async () => {
    return (await count(`pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%misuse_alerts%'`)) > 0;
  });
  expect(all(await call(attacker, 20))).toEqual([200]);
  await holder.query('ROLLBACK');
  await holder.end();
  await analysed();
  await until('the throttle', async () => (await call(attacker, 4)).includes(429));
});

it('answers requests and analyses them while the second stage hangs', async () => {
  const turns = 3;
  // All in all one attack less than a block takes.
  const attacksBefore = attacksTo('block', CONFIDENT_WEIGHT) - 1 - turns;
  const classifier = await FakeClassifier.start();
  try {
    classifier.behave({ hangs: true });
    await work({
      CLASSIFIER_OPENAI_API_KEY: 'sk-test',
      CLASSIFIER_OPENAI_BASE_URL: classifier.url,
      CLASSIFIER_TIMEOUT_MS: 60_000,
      CLASSIFIER_CONCURRENCY: 2,
    });
    const [attacker, honest] = [await gateway.account(), await gateway.account()];
    expect(all(await call(attacker, attacksBefore, 'ATTACK'))).toEqual([200]);
    await until('calls that hang', () => classifier.inFlight === 4);
    for (let turn = 0; turn < turns; turn += 1) {
      expect(all(await call(honest, 20))).toEqual([200]);
      expect(all(await call(attacker, 1, 'ATTACK'))).toEqual([200]);
      await analysed();
    }
    expect(classifier.inFlight).toBe(4);
    expect(await count(`misuse_assessments WHERE user_id = ${honest.id}`)).toBe(60);
    expect(await count('misuse_second_opinions')).toBe(0);
    // Local evidence does not wait for a second opinion.
    const [{ level }] = await gateway.books.query<{ level: string }>(
      'SELECT level FROM misuse_states WHERE user_id = $1',
      [attacker.id],
    );
    expect(level).toBe('throttle');
  } finally {
    await classifier.stop();
  }
});
