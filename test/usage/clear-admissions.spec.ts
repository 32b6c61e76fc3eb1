import fc from 'fast-check';
import { v7 as uuidv7 } from 'uuid';
import { ADMIT, admitParameters } from '../../src/modules/usage/admission/admit.statement.js';
import type { AdmissionRow } from '../../src/modules/usage/admission/admit.statement.js';
import type { AdmissionRequest } from '../../src/modules/usage/admission/admission.types.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { DatabaseTime } from '../support/database-time.js';
import { Books, PRICE, request } from '../support/usage-books.js';

/*
 * Admission has a way for calls that nothing stands in the way of and a way for all others. Whatever is asked of it, the
 * answers and what is written must be what deciding every call one by one gives.
 */
const CASES = Number(process.env['PROPERTY_CASES'] ?? 60);
const ENOUGH_MS = 60_000 + CASES * 500;
const ONE_BY_ONE = ADMIT.text.replace('gatehouse_admit(', 'gatehouse_admit_one_by_one(');
const DEFAULT_PER_MINUTE = 4;
const NOON = Date.parse('2026-03-10T12:00:00Z');

const maybe = <Value>(value: fc.Arbitrary<Value>, seldomness = 1) =>
  fc.oneof({ weight: 1, arbitrary: value }, { weight: seldomness, arbitrary: fc.constant(null) });
/** Mostly the first value, now and then one of the others. */
const mostly = <Value>(usual: Value, ...others: Value[]) =>
  fc.oneof(
    { weight: 3 * others.length, arbitrary: fc.constant(usual) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );

const account = fc.record({
  tokens_per_day: maybe(fc.integer({ min: 0, max: 3_000 })),
  tokens_per_month: maybe(fc.integer({ min: 0, max: 5_000 })),
  lifetime_tokens: maybe(fc.integer({ min: 0, max: 6_000 })),
  cost_per_day_nano_usd: maybe(fc.integer({ min: 0, max: 900_000 }), 3),
  cost_per_month_nano_usd: maybe(fc.integer({ min: 0, max: 900_000 }), 3),
  requests_per_minute: maybe(fc.integer({ min: 1, max: 5 }), 3),
  requests_per_hour: maybe(fc.integer({ min: 1, max: 8 }), 3),
  throttled_per_minute: maybe(fc.integer({ min: 1, max: 4 }), 3),
  concurrent_requests: maybe(fc.integer({ min: 1, max: 4 }), 3),
  allowed_models: maybe(fc.constantFrom(['gpt-4o-mini'], ['other'], [], ['gpt-4o-mini', null]), 5),
});
const state = mostly('', '', '', '', 'is_active = false', 'is_blocked = true', 'deleted_at = now()');
const keyChange = mostly(
  '',
  'requests_per_minute = 2',
  'is_active = false',
  'revoked_at = now()',
  `expires_at = '2026-03-10T12:00:30Z'`,
  'token_budget = 700',
  'cost_budget_nano_usd = 100000',
);
const keyLimits = maybe(
  fc.record({ requests_per_minute: maybe(fc.integer({ min: 1, max: 3 })), tokens_per_day: maybe(fc.constant(900)) }),
  6,
);
const call = fc.record({
  account: fc.nat({ max: 3 }),
  with: mostly('key', 'jwt', 'jwt', 'unknown key', 'unknown account'),
  task: maybe(fc.constantFrom(71, 72), 6),
  prompt: fc.integer({ min: 1, max: 400 }),
  wanted: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 500 }) },
    { weight: 1, arbitrary: fc.constant(2_000_000_000) },
  ),
  choices: fc.integer({ min: 1, max: 3 }),
  price: mostly(PRICE, PRICE, PRICE, null, { ...PRICE, outputNanoUsdPerToken: 4_000_000_000 }),
  voided: mostly(false, false, false, true),
});
const batch = fc.record({
  calls: fc.array(call, { minLength: 1, maxLength: 8 }),
  seconds: fc.constantFrom(0, 5, 61, 3_700, 60 * 60 * 13),
  ends: fc.boolean(),
  installation: mostly('', 'frozen = true', 'cost_per_day_nano_usd = 800000'),
});
const scenario = fc.record({
  accounts: fc.array(fc.tuple(account, state, keyChange, keyLimits), { minLength: 4, maxLength: 4 }),
  batches: fc.array(batch, { minLength: 1, maxLength: 5 }),
});

type Wish = typeof call extends fc.Arbitrary<infer Drawn> ? Drawn : never;

interface TestAccount {
  readonly id: number;
  readonly keyId: number;
}

/** What a way answers and leaves behind, with windows by their names: ids are drawn anew each time. */
const LEFT_BEHIND = {
  holds: `SELECT h.*, (SELECT array_agg(w.user_id || '/' || w.subject || '/' || w.subject_id || '/' || w.period || '/' || w.starts_at ORDER BY x.n)
                         FROM unnest(h.window_ids) WITH ORDINALITY AS x(id, n)
                         JOIN quota_windows w ON w.user_id = CASE WHEN x.id < 0 THEN 0 ELSE h.user_id END AND w.id = abs(x.id)) AS window_ids
            FROM holds h ORDER BY user_id, request_id`,
  windows: `SELECT to_jsonb(w) - 'id' AS window FROM quota_windows w
             ORDER BY user_id, subject, subject_id, period, starts_at, generation`,
  rates: 'SELECT * FROM rate_counters ORDER BY user_id, subject, subject_id, seconds',
};

jest.setTimeout(60_000);

let databaseUrl: string;
let books: Books;
let time: DatabaseTime;
const outcomes = new Map<string, number>();

beforeAll(async () => {
  databaseUrl = await createDatabase();
  time = await DatabaseTime.install(databaseUrl);
  books = await Books.open(databaseUrl);
  // Time stands still between two statements, so that both ways see the same.
  await books.query(`CREATE TABLE stopped_clock (at timestamptz NOT NULL)`);
  await books.query(`INSERT INTO stopped_clock VALUES ('epoch')`);
  await books.query(`CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT at FROM public.stopped_clock'`);
  await books.query(`INSERT INTO tasks (id, title, token_limit) VALUES (71, 'without limit', NULL), (72, 'with', 800)`);
});

afterAll(async () => {
  await books.close();
  await time.close();
  await dropDatabase(databaseUrl);
});

async function openAccount(
  limits: Record<string, unknown>,
  stateChange: string,
  change: string,
  limitsOfKey: Record<string, unknown> | null,
): Promise<TestAccount> {
  const id = await books.account();
  const keyId = await books.key(id);
  await books.query(
    `UPDATE quota_accounts SET ${Object.keys(limits)
      .map((name, index) => `${name} = $${index + 2}`)
      .join(', ')} WHERE user_id = $1`,
    [id, ...Object.values(limits)],
  );
  if (stateChange !== '') await books.query(`UPDATE users SET ${stateChange} WHERE id = ${id}`);
  if (change !== '') await books.query(`UPDATE api_keys SET ${change} WHERE id = ${keyId}`);
  if (limitsOfKey !== null) {
    await books.query(
      `INSERT INTO quota_limits (user_id, subject, subject_id, requests_per_minute, tokens_per_day) VALUES ($1, 2, $2, $3, $4)`,
      [id, keyId, limitsOfKey['requests_per_minute'], limitsOfKey['tokens_per_day']],
    );
  }
  return { id, keyId };
}

function requestOf(accounts: readonly TestAccount[], wish: Wish): AdmissionRequest {
  const { id, keyId } = accounts[wish.account];
  const keys: Record<string, number | null> = { jwt: null, 'unknown key': 2_000_000_000 };
  return request(wish.with === 'unknown account' ? 2_000_000_000 : id, {
    requestId: uuidv7(),
    apiKeyId: wish.with in keys ? keys[wish.with] : keyId,
    taskId: wish.task,
    promptTokensReserved: wish.prompt,
    promptTokensCounted: Math.ceil(wish.prompt / 4),
    completionTokensWanted: wish.wanted,
    choices: wish.choices,
    price: wish.price,
  });
}

/** Answers and tables after a batch that is taken back; an error counts as an answer too. */
async function outcomeOf(statement: string, requests: AdmissionRequest[]): Promise<Record<string, unknown>> {
  await books.query('BEGIN');
  try {
    const rows = await books.query<AdmissionRow>(statement, admitParameters(requests, DEFAULT_PER_MINUTE, 60));
    const left: Record<string, unknown> = {};
    for (const [table, sql] of Object.entries(LEFT_BEHIND)) left[table] = await books.query(sql);
    return { ...left, rows: rows.map(comparable).sort((one, other) => one.item - other.item) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : error };
  } finally {
    await books.query('ROLLBACK');
  }
}

/** An account that is not there has no limits to tell of. */
function comparable({ window_ids, ...row }: AdmissionRow): Partial<AdmissionRow> & { item: number; windows?: number } {
  if (row.outcome === 'account_missing') return { item: row.item, outcome: row.outcome };
  return { ...row, windows: window_ids?.length };
}

test(
  `calls that are clear are admitted as they would be one by one (${CASES} cases)`,
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ accounts: wishes, batches }) => {
        for (const table of ['holds', 'quota_windows', 'rate_counters', 'admission_tombstones']) {
          await books.query(`DELETE FROM ${table}`);
        }
        const accounts: TestAccount[] = [];
        for (const wish of wishes) accounts.push(await openAccount(...wish));
        let now = NOON;
        for (const { calls, seconds, ends, installation } of batches) {
          now += seconds * 1_000;
          await books.query('UPDATE stopped_clock SET at = $1', [new Date(now)]);
          await books.query('UPDATE installation SET frozen = false, cost_per_day_nano_usd = NULL');
          if (installation !== '') await books.query(`UPDATE installation SET ${installation}`);
          const requests = calls.map((each) => requestOf(accounts, each));
          for (const [index, { userId, requestId }] of requests.entries()) {
            if (!calls[index].voided) continue;
            await books.query('INSERT INTO admission_tombstones (user_id, request_id) VALUES ($1, $2)', [
              userId,
              requestId,
            ]);
          }
          const before = await outcomeOf(ONE_BY_ONE, requests);
          expect(await outcomeOf(ADMIT.text, requests)).toEqual(before);
          if ('error' in before) continue;
          const rows = await books.query<AdmissionRow>(ADMIT.text, admitParameters(requests, DEFAULT_PER_MINUTE, 60));
          for (const { outcome } of rows) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          // What was held is spent, so that later batches meet both.
          if (ends) {
            await books.query(`UPDATE quota_windows SET spent_tokens = spent_tokens + held_tokens, held_tokens = 0,
                                 spent_nano_usd = spent_nano_usd + held_nano_usd, held_nano_usd = 0`);
            await books.query('DELETE FROM holds');
          }
        }
      }),
      // A slow machine plays fewer.
      { numRuns: CASES, interruptAfterTimeLimit: ENOUGH_MS },
    );
    expect(outcomes.get('admitted')).toBeGreaterThan(0);
    expect(outcomes.size).toBeGreaterThan(1);
  },
  3 * ENOUGH_MS,
);
