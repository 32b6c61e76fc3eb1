import { randomUUID } from 'node:crypto';
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
    SELECT $2 || n || '@example.test', $2 || n || '@example.test', 'admin' FROM generate_series(1, $1) n
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

type Holds = ReturnType<typeof holdOf>[];

/** One connection of the request path, whose statements are planned when they are first used. */
class Session {
  private constructor(private readonly client: Client) {}

  static async open(): Promise<Session> {
    const client = new Client({ connectionString: scene.databaseUrl });
    await client.connect();
    return new Session(client);
  }

  async admit(calls: AdmissionRequest[]): Promise<Holds> {
    const { rows } = await this.client.query<AdmissionRow>({ ...ADMIT, values: admitParameters(calls, 60, 60) });
    return calls.map((call, index) => holdOf(call, rows.find(({ item }) => item === index + 1) as AdmissionRow));
  }

  async settle(holds: Holds): Promise<void> {
    const settled = holds.map((hold) => ({ hold, settlement: ended(hold, 20, 30) }));
    await this.client.query({ ...SETTLE, values: settleParameters(settled) });
  }

  /** Has the statements planned. Twice, as the first call of a period makes its windows. */
  async plan(): Promise<void> {
    const calls = await ownCalls();
    await this.settle(await this.admit(calls));
    await this.settle(await this.admit(calls.map(again)));
  }

  /** Tables of which admission, or it and settlement, read more rows than calls of their own can need. */
  async tablesReadThrough(calls: AdmissionRequest[]): Promise<Record<string, number>> {
    await this.client.query('BEGIN');
    const holds = await this.admit(calls);
    expect(holds.every(({ tokensHeld }) => tokensHeld > 0)).toBe(true);
    const byAdmission = await rowsReadBeyond(this.client, MOST_ROWS_A_CALL * CALLS);
    await this.settle(holds);
    const byBoth = await rowsReadBeyond(this.client, 2 * MOST_ROWS_A_CALL * CALLS);
    await this.client.query('ROLLBACK');
    return { ...byAdmission, ...byBoth };
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

function again({ userId, apiKeyId }: AdmissionRequest): AdmissionRequest {
  return request(userId, { apiKeyId });
}

describe('what a call reads', () => {
  it.each([
    ['have come since its statements were planned', ['plan', 'strangers']],
    ['were there when its statements were planned, without statistics', ['strangers', 'plan']],
  ])('is its own account and key, however many others %s', async (_when, steps) => {
    const session = await Session.open();
    try {
      for (const step of steps) {
        if (step === 'plan') await session.plan();
        else await scene.books.query(OPEN_STRANGERS, [STRANGERS, randomUUID()]);
      }
      const newcomers = await ownCalls();
      expect(await session.tablesReadThrough(newcomers)).toEqual({});
      await session.settle(await session.admit(newcomers.map(again)));
      expect(await session.tablesReadThrough(newcomers.map(again))).toEqual({});
    } finally {
      await session.close();
    }
  });
});
