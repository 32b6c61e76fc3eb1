import { Client } from 'pg';
import { ADMIT, admitParameters } from '../../src/modules/usage/admission/admit.statement.js';
import type { AdmissionRow } from '../../src/modules/usage/admission/admit.statement.js';
import { request } from '../support/usage-books.js';
import { usageScene } from '../support/usage-scene.js';

const scene = usageScene();

const STRANGERS = 400;
const CALLS = 3;
/** A call reads each of its own few rows a few times; the accounts and keys of others would be hundreds. */
const MOST_ROWS_A_CALL = 25;

/** Rows of a table that this session's transaction has read, by index or by going over all of them. */
const ROWS_READ = `
  SELECT pg_stat_get_xact_tuples_returned($1::regclass) + pg_stat_get_xact_tuples_fetched($1::regclass) AS rows`;

describe('what an admission reads', () => {
  it('is its own account and key, however many others there are', async () => {
    await scene.books.query(
      `WITH others AS (
         INSERT INTO users (email, email_normalized, origin)
         SELECT 'other-' || n || '@example.test', 'other-' || n || '@example.test', 'admin' FROM generate_series(1, $1) n
         RETURNING id
       ), accounts AS (
         INSERT INTO quota_accounts (user_id, tokens_per_day) SELECT id, 1000 FROM others
       ), keys AS (
         INSERT INTO api_keys (user_id, name, prefix, hash, requests_per_minute)
         SELECT id, 'other', 'gh_other', sha256(id::text::bytea), 60 FROM others RETURNING user_id, id
       )
       INSERT INTO quota_limits (user_id, subject, subject_id, requests_per_minute) SELECT user_id, 2, id, 30 FROM keys`,
      [STRANGERS],
    );
    const calls = [];
    for (let call = 0; call < CALLS; call += 1) {
      const user = await scene.books.account({ day: 10_000, hourRequests: 100 });
      calls.push(request(user, { apiKeyId: await scene.books.key(user) }));
    }

    const client = new Client({ connectionString: scene.databaseUrl });
    await client.connect();
    try {
      await client.query('BEGIN');
      const { rows } = await client.query<AdmissionRow>({ ...ADMIT, values: admitParameters(calls, 60, 60) });
      expect(rows.map(({ outcome }) => outcome)).toEqual(calls.map(() => 'admitted'));
      for (const table of ['users', 'quota_accounts', 'api_keys', 'quota_limits', 'quota_windows', 'rate_counters']) {
        const { rows: read } = await client.query<{ rows: string }>(ROWS_READ, [table]);
        expect({ table, isFew: Number(read[0].rows) <= MOST_ROWS_A_CALL * CALLS, rows: read[0].rows }).toMatchObject({
          isFew: true,
        });
      }
    } finally {
      await client.end();
    }
  });
});
