import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { createDataSource } from '../../src/database/data-source.js';
import { LedgerSequencer } from '../../src/modules/usage/ledger/ledger-sequencer.service.js';
import { retireMonths } from '../../src/modules/usage/retention/retire-months.js';
import { InstallationStatisticsService } from '../../src/modules/usage/statistics/installation-statistics.service.js';
import type { TopSubject } from '../../src/modules/usage/statistics/installation-statistics.service.js';
import { LedgerVerifier } from '../../src/modules/usage/verification/ledger-verifier.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { enterPastCalls } from '../support/past-calls.js';
import { seededRandom } from '../support/random.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

jest.setTimeout(120_000);

const DAY_MS = 86_400_000;
const MODELS = ['gpt-4o', 'gpt-4o-mini', 'claude'];
const SUBJECTS = { user: 'user_id', key: 'coalesce(api_key_id, 0)', model: 'model', task: 'coalesce(task_id, 0)' };

let databaseUrl: string;
let books: Books;
let dataSource: DataSource;
let sequencer: LedgerSequencer;
let statistics: InstallationStatisticsService;

beforeEach(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  dataSource = await createDataSource(databaseUrl).initialize();
  sequencer = new LedgerSequencer(dataSource);
  statistics = new InstallationStatisticsService(dataSource);
});

afterEach(async () => {
  await dataSource.destroy();
  await books.close();
  await dropDatabase(databaseUrl);
});

async function findings(): Promise<string[]> {
  return (await new LedgerVerifier(dataSource).verify()).discrepancies.map(({ message }) => message);
}

const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();

/** Calls of the last days in the ledger with what corrections changed, as rows that can be added up. */
const TOLD = `(
  SELECT l.user_id, l.api_key_id, l.task_id, l.model, l.guard_intent, 1 AS requests, l.prompt_tokens + l.completion_tokens AS tokens, l.cost_nano_usd AS cost
    FROM ledger l WHERE (l.admitted_at AT TIME ZONE 'UTC')::date > (now() AT TIME ZONE 'UTC')::date - $1::int
  UNION ALL
  SELECT l.user_id, l.api_key_id, l.task_id, l.model, NULL, 0, c.prompt_tokens + c.completion_tokens, c.cost_nano_usd
    FROM ledger_corrections c JOIN ledger l USING (user_id, request_id)
   WHERE (l.admitted_at AT TIME ZONE 'UTC')::date > (now() AT TIME ZONE 'UTC')::date - $1::int)`;

/** Every statistic of the last days against the ledger's rows. */
async function expectAsTheLedgerTells(days: number): Promise<void> {
  const [told] = await books.query(
    `SELECT coalesce(sum(requests), 0)::int AS requests, coalesce(sum(tokens), 0)::int AS total_tokens,
            coalesce(sum(cost), 0)::int AS cost_nano_usd, count(DISTINCT user_id)::int AS "activeAccounts" FROM ${TOLD} t`,
    [days],
  );
  const intents = await books.query<{ intent: string; requests: number }>(
    `SELECT guard_intent AS intent, count(*)::int AS requests FROM ${TOLD} t WHERE guard_intent IS NOT NULL GROUP BY 1`,
    [days],
  );
  const usage = await statistics.usage(days);
  expect({ days, ...usage }).toMatchObject({ days, ...told });
  expect(usage.intents).toEqual(Object.fromEntries(intents.map(({ intent, requests }) => [intent, requests])));
  for (const [of, column] of Object.entries(SUBJECTS)) {
    const rows = await books.query(
      `SELECT ${column} AS subject, sum(requests)::int AS requests, sum(tokens)::int AS total_tokens, sum(cost)::int AS cost_nano_usd
         FROM ${TOLD} t GROUP BY 1 ORDER BY 4 DESC, 1`,
      [days],
    );
    const top = await statistics.top(of as TopSubject, 'cost', days, 1_000);
    expect([days, of, top]).toEqual([days, of, rows.map((row) => expect.objectContaining(row) as unknown)]);
  }
  const series = await books.query(
    `SELECT model, sum(requests)::int AS requests, sum(tokens)::int AS tokens, sum(cost)::int AS cost FROM ${TOLD} t GROUP BY 1 ORDER BY 1`,
    [days],
  );
  const from = daysAgo(days - 1).slice(0, 10);
  const entries = await statistics.timeSeries({ from, to: daysAgo(0).slice(0, 10), groupBy: ['model'], limit: 5_000 });
  const byModel = MODELS.map((model) => entries.filter((entry) => entry.model === model))
    .filter((group) => group.length > 0)
    .map((group) => ({
      model: group[0].model,
      requests: group.reduce((sum, { requests }) => sum + requests, 0),
      tokens: group.reduce((sum, { total_tokens }) => sum + total_tokens, 0),
      cost: group.reduce((sum, { cost_nano_usd }) => sum + cost_nano_usd, 0),
    }));
  expect([days, byModel.sort((a, b) => (a.model! < b.model! ? -1 : 1))]).toEqual([days, series]);
}

it('tell of any number of days what the ledger tells, sealed or not, analysed or not, corrected or not', async () => {
  const users = await Promise.all(Array.from({ length: 12 }, () => books.account()));
  const random = seededRandom(20_301_231);
  const int = (most: number): number => Math.floor(random() * most);
  const pick = <T>(choices: readonly T[]): T => choices[int(choices.length)];
  for (let round = 0; round < 4; round += 1) {
    const calls = Array.from({ length: 120 }, () => {
      const user = pick(users);
      return {
        userId: user,
        // Some days have many calls: the beginnings of both ways to cut a month.
        at: daysAgo(pick([int(370), int(40), int(3)])),
        apiKeyId: pick([null, user * 10, user * 10 + 1]),
        taskId: pick([null, 1, 2]),
        model: pick(MODELS),
        status: pick(['completed', 'completed', 'upstream_error']),
        prompt: int(500),
        completion: int(500),
        costNanoUsd: int(100_000),
        intent: pick([undefined, 'debugging', 'poetry']),
        guardIntent: pick(['coding', 'off_topic']),
      };
    });
    const ids = await enterPastCalls(books, calls);
    await books.query(
      `INSERT INTO ledger_corrections (user_id, request_id, kind, prompt_tokens, completion_tokens, cost_nano_usd, window_ids)
       SELECT user_id, request_id, 'late_usage', 3, -least(completion_tokens, 2), -least(cost_nano_usd, 7), '{}'
         FROM ledger WHERE request_id = ANY ($1::uuid[]) AND prompt_tokens % 3 = 0`,
      [ids],
    );
    if (round % 2 === 0) await sequencer.sealAll();
    if (round === 1) await sequencer.sumIntents();
    for (const days of [1, 7, 16, 17, 30, 45, 180, 350 + round, 365]) await expectAsTheLedgerTells(days);
  }
  expect(await findings()).toEqual(expect.not.arrayContaining([expect.stringMatching(/^sum|^rollup|^intents/)]));
});

it('are right although several workers settle, seal and analyse at once', async () => {
  const replicas = [new Replica(databaseUrl), new Replica(databaseUrl)];
  const users = await Promise.all(Array.from({ length: 5 }, () => books.account()));
  const others = await Promise.all([1, 2].map(() => createDataSource(databaseUrl).initialize()));
  try {
    let over = false;
    const work = others.map(async (other) => {
      const worker = new LedgerSequencer(other);
      while (!over) {
        await other.query(
          `UPDATE ledger SET intent = 'debugging', guard_intent = 'coding', analysed_at = now()
            WHERE (user_id, request_id, admitted_at) IN (
              SELECT user_id, request_id, admitted_at FROM ledger WHERE analysed_at IS NULL
               ORDER BY user_id, request_id LIMIT 7 FOR UPDATE SKIP LOCKED)`,
        );
        await worker.sealAll();
        await worker.sumIntents();
      }
    });
    const calls = Array.from({ length: 150 }, async (_, index) => {
      const replica = replicas[index % 2];
      const hold = await replica.admission.admit(request(users[index % users.length]));
      await replica.settlement.settle(hold, ended(hold, index % 7, index % 11));
    });
    await Promise.all(calls);
    over = true;
    await Promise.all(work);
    await sequencer.sealAll();
    await sequencer.sumIntents();
    await expectAsTheLedgerTells(30);
    expect(await findings()).toEqual([]);
    const left = await books.query(
      `SELECT (SELECT count(*)::int FROM ledger_unsealed) AS entries, (SELECT count(*)::int FROM usage_intents_unsummed) AS intents,
              (SELECT sum(requests)::int FROM usage_day_sums) AS requests`,
    );
    expect(left).toEqual([{ entries: 0, intents: 0, requests: 150 }]);
  } finally {
    await Promise.all(others.map((other) => other.destroy()));
    await Promise.all(replicas.map((replica) => replica.close()));
  }
});

it('count an entry once that retention has sealed again, and outlive the calls', async () => {
  const replica = new Replica(databaseUrl);
  try {
    const user = await books.account();
    const now = new Date();
    const old = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 3);
    const lapsed = await replica.admission.admit(request(user, { requestId: uuidv7({ msecs: old }) }));
    await replica.settlement.settle(lapsed, ended(lapsed, 10, 20));
    const orphan = await replica.admission.admit(request(user));
    await books.expireHolds(user);
    await replica.sweeper.sweep();
    await replica.settlement.settle(orphan, ended(orphan, 30, 40));
    await books.query('DELETE FROM outbox');
    // The correction is sealed with the lapsed call, before the call that it corrects.
    await books.query(`UPDATE ledger_unsealed SET source = source WHERE entry_id = $1 AND source = 'call'`, [
      orphan.request.requestId,
    ]);
    await books.query('SELECT gatehouse_seal(2), gatehouse_seal(1000)');
    const sealed = await books.query<{ entries: number }>(
      'SELECT cardinality(entry_ids) AS entries FROM ledger_seals ORDER BY seq',
    );
    expect(sealed).toEqual([{ entries: 2 }, { entries: 1 }]);
    const sums = () => books.query('SELECT * FROM usage_account_sums ORDER BY month');
    const before = [await sums(), await statistics.usage(365)];

    await retireMonths(dataSource, new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1)));
    const again = await books.query(`SELECT source FROM ledger_unsealed WHERE is_summed AND source = 'late_usage'`);
    expect(again).toHaveLength(1);
    await sequencer.sealAll();
    expect([await sums(), await statistics.usage(365)]).toEqual(before);
    expect(await findings()).toEqual([]);
  } finally {
    await replica.close();
  }
});

it('are looked over by the verification', async () => {
  const user = await books.account();
  await enterPastCalls(books, [{ userId: user, at: daysAgo(0), intent: 'debugging', guardIntent: 'coding' }]);
  await sequencer.sealAll();
  await sequencer.sumIntents();
  const today = daysAgo(0).slice(0, 10);
  await books.query(`UPDATE usage_day_sums SET cost_nano_usd = cost_nano_usd - 1`);
  await books.query(`UPDATE usage_account_sums SET errors = 1`);
  await books.query(`DELETE FROM usage_intent_sums`);
  expect(await findings()).toEqual([
    `sum of ${today}, gpt-4o-mini, task 0: nano-dollars 999 instead of 1000`,
    `sum of the month from ${today.slice(0, 8)}01, account ${user}, key 0: errors 1 instead of 0`,
    `sum of intents of ${today}, gpt-4o-mini, debugging (coding): requests 0 instead of 1, tokens 0 instead of 15, nano-dollars 0 instead of 1000`,
  ]);
});
