import { Client } from 'pg';
import { ADMIT, admitParameters } from '../../src/modules/usage/admission/admit.statement.js';
import type { AdmissionRow } from '../../src/modules/usage/admission/admit.statement.js';
import type { AdmissionRequest } from '../../src/modules/usage/admission/admission.types.js';
import { holdOf } from '../../src/modules/usage/admission/hold.js';
import { SETTLE, settleParameters } from '../../src/modules/usage/settlement/settle.statement.js';
import { ended, request } from '../support/usage-books.js';
import { usageScene } from '../support/usage-scene.js';

const scene = usageScene();

const STRANGERS = 400;
const CALLS = 3;
/** A call reads each of its own few rows a few times; those of others would be hundreds for each call. */
const MOST_ROWS_A_CALL = 40;

/** Accounts with a key, limits of it, running windows, rates, and a call that is under way. */
const OPEN_STRANGERS = `
  WITH others AS (
    INSERT INTO users (email, email_normalized, origin)
    SELECT 'other-' || n || '@example.test', 'other-' || n || '@example.test', 'admin' FROM generate_series(1, $1) n
    RETURNING id
  ), accounts AS (
    INSERT INTO quota_accounts (user_id, tokens_per_day) SELECT id, 1000 FROM others
  ), keys AS (
    INSERT INTO api_keys (user_id, name, prefix, hash, requests_per_minute)
    SELECT id, 'other', 'gh_other', sha256(id::text::bytea), 60 FROM others RETURNING user_id, id
  ), limits AS (
    INSERT INTO quota_limits (user_id, subject, subject_id, requests_per_minute) SELECT user_id, 2, id, 30 FROM keys
  ), rates AS (
    INSERT INTO rate_counters (user_id, subject, subject_id, seconds, started_at, requests)
    SELECT id, 1, 0, 3600, now(), 1 FROM others
  ), windows AS (
    INSERT INTO quota_windows (user_id, subject, subject_id, period, starts_at, ends_at, generation)
    SELECT o.id, 1, 0, p.period, p.starts_at, p.ends_at, p.generation
      FROM others o CROSS JOIN LATERAL gatehouse_periods('UTC', NULL, NULL, 0, 0, now()) p
  )
  INSERT INTO holds (user_id, request_id, api_key_id, task_id, endpoint, model, provider, prompt_tokens_reserved,
    prompt_tokens_counted, tokens_held, cost_held_nano_usd, window_ids, held_at, expires_at)
  SELECT id, gen_random_uuid(), 0, 0, '/v1/chat/completions', 'm', 'p', 1, 1, 1, 0, '{}', now(), now() + interval '1 hour'
    FROM others`;

/** Rows of a table that this session's transaction has read, by index or by going over all of them. */
const ROWS_READ = `
  SELECT pg_stat_get_xact_tuples_returned($1::regclass) + pg_stat_get_xact_tuples_fetched($1::regclass) AS rows`;

const TABLES = ['users', 'quota_accounts', 'api_keys', 'quota_limits', 'quota_windows', 'rate_counters', 'holds'];

async function ownCalls(): Promise<AdmissionRequest[]> {
  const calls: AdmissionRequest[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    const user = await scene.books.account({ day: 10_000, hourRequests: 100 });
    calls.push(request(user, { apiKeyId: await scene.books.key(user) }));
  }
  return calls;
}

async function rowsReadBeyond(client: Client, most: number): Promise<Record<string, number>> {
  const beyond: Record<string, number> = {};
  for (const table of TABLES) {
    const { rows } = await client.query<{ rows: string }>(ROWS_READ, [table]);
    if (Number(rows[0].rows) > most) beyond[table] = Number(rows[0].rows);
  }
  return beyond;
}

describe('what a call reads', () => {
  it('is its own account and key, however many others have come since its statements were planned', async () => {
    const client = new Client({ connectionString: scene.databaseUrl });
    await client.connect();
    const admit = async (calls: AdmissionRequest[]) => {
      const { rows } = await client.query<AdmissionRow>({ ...ADMIT, values: admitParameters(calls, 60, 60) });
      return calls.map((call, index) => holdOf(call, rows.find(({ item }) => item === index + 1) as AdmissionRow));
    };
    const settle = async (holds: ReturnType<typeof holdOf>[]) => {
      const settled = holds.map((hold) => ({ hold, settlement: ended(hold, 20, 30) }));
      await client.query({ ...SETTLE, values: settleParameters(settled) });
    };
    try {
      // Plans are made now, when there is hardly anybody, and the planner knows it. Twice, as the first call of a period makes
      // its windows.
      await client.query(`ANALYZE ${TABLES.join(', ')}`);
      const early = await ownCalls();
      await settle(await admit(early));
      await settle(await admit(early.map((call) => request(call.userId, { apiKeyId: call.apiKeyId }))));
      await scene.books.query(OPEN_STRANGERS, [STRANGERS]);

      for (const calls of [early.map((call) => request(call.userId, { apiKeyId: call.apiKeyId })), await ownCalls()]) {
        await client.query('BEGIN');
        const holds = await admit(calls);
        expect(holds.every(({ tokensHeld }) => tokensHeld > 0)).toBe(true);
        expect(await rowsReadBeyond(client, MOST_ROWS_A_CALL * CALLS)).toEqual({});
        await settle(holds);
        expect(await rowsReadBeyond(client, 2 * MOST_ROWS_A_CALL * CALLS)).toEqual({});
        await client.query('ROLLBACK');
      }
    } finally {
      await client.end();
    }
  });
});
