/**
 * Fills an empty, migrated database with a year of calls: `DATABASE_URL=… node bench/seed-ledger.mjs [--rows 10000000]
 * [--accounts 2000] [--seal]`. Rollups, intents, their sums and windows are built from the rows, so that `npm run ledger -- verify`
 * finds nothing; without `--seal` it finds rows that no seal knows. Needs a superuser (triggers are off while rows go in).
 */
import pg from 'pg';
import { readArguments } from './harness/arguments.mjs';

const usage = 'DATABASE_URL=... node bench/seed-ledger.mjs [--rows 10000000] [--accounts 2000] [--seal]';
const values = readArguments(usage, {
  rows: { type: 'string', positive: true },
  accounts: { type: 'string', positive: true },
  seal: { type: 'boolean' },
});
const { rows = 10_000_000, accounts = 2_000 } = values;
const MONTHS = 12;
const CHUNK = 250_000;

const client = await connect();
const started = Date.now();
const say = (what) => process.stdout.write(`${((Date.now() - started) / 1000).toFixed(1).padStart(7)} s  ${what}\n`);

await makeAccounts();
for (let ago = MONTHS; ago >= 0; ago -= 1) await fillMonth(ago, Math.floor(rows / (MONTHS + 1)));
await client.query(`SET session_replication_role = DEFAULT`);
await sumUp();
if (values.seal) await seal();
await client.query('VACUUM ANALYZE');
const { rows: found } = await client.query(
  'SELECT (SELECT count(*) FROM ledger) AS calls, (SELECT count(*) FROM usage_rollups) AS rollups, pg_size_pretty(pg_database_size(current_database())) AS size',
);
say(`done: ${found[0].calls} calls, ${found[0].rollups} rollups, ${found[0].size}`);
await client.end();

/** Ends the process with one line where there is nothing to fill. */
async function connect() {
  if (!process.env.DATABASE_URL) leave('DATABASE_URL is not set: name an empty, migrated database.');
  const connecting = new pg.Client({ connectionString: process.env.DATABASE_URL });
  await connecting
    .connect()
    .catch((error) => leave(`The database of DATABASE_URL cannot be reached: ${error.message || error.code}`));
  const { rows: found } = await connecting.query(`SELECT to_regclass('usage_account_sums') IS NOT NULL AS migrated`);
  if (!found[0].migrated) {
    leave('The database is not migrated: start Gatehouse on it once with the same DATABASE_URL, and stop it again.');
  }
  return connecting;
}

function leave(reason) {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

/** Accounts without limits, each with a lifetime window to which all of its calls are billed. */
async function makeAccounts() {
  await client.query(`
    WITH made AS (
      INSERT INTO users (email, email_normalized, origin)
      SELECT e, e, 'self' FROM (SELECT format('bench-%s@example.test', n) AS e FROM generate_series(1, ${accounts}) n) x
      RETURNING id
    ), opened AS (INSERT INTO quota_accounts (user_id) SELECT id FROM made RETURNING user_id)
    INSERT INTO quota_windows (user_id, subject, subject_id, period, starts_at, ends_at, generation)
    SELECT user_id, 1, 0, 3, '-infinity', 'infinity', 0 FROM opened`);
  await client.query(`CREATE TEMP TABLE bench_accounts AS
    SELECT row_number() OVER (ORDER BY u.id)::int AS place, u.id, w.id AS window_id
      FROM users u JOIN quota_windows w ON w.user_id = u.id AND w.subject = 1 AND w.period = 3
     WHERE u.email LIKE 'bench-%'`);
  await client.query('CREATE UNIQUE INDEX ON bench_accounts (place); ANALYZE bench_accounts');
  await client.query(`SET session_replication_role = replica`);
  say(`${accounts} accounts`);
}

/** A month's partition and its calls, in order of time; a few accounts make most of them. */
async function fillMonth(ago, count) {
  const { rows: bounds } = await client.query(
    `SELECT m AS first, least(m + interval '1 month', now()) AS last, to_char(m AT TIME ZONE 'UTC', 'YYYY_MM') AS name
       FROM (SELECT date_trunc('month', now(), 'UTC') - make_interval(months => $1) AS m) x`,
    [ago],
  );
  const [{ first, last, name }] = bounds;
  for (const table of ['ledger', 'request_contents']) {
    await client.query(`CREATE TABLE IF NOT EXISTS ${table}_${name} PARTITION OF ${table}
      FOR VALUES FROM ('${first.toISOString()}') TO ('${new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1)).toISOString()}')`);
  }
  for (let done = 0; done < count; done += CHUNK) {
    await client.query(
      `INSERT INTO ledger (user_id, request_id, admitted_at, api_key_id, task_id, endpoint, model, provider, upstream_model,
         status, usage_source, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd,
         price_version, window_ids, streamed, http_status, latency_ms, settled_at, intent, guard_intent, confidence, analysed_at)
       SELECT a.id, x.id, gatehouse_request_time(x.id), a.place * 2 + (n % 2)::int, CASE n % 10 WHEN 0 THEN 1 + (n % 50)::int END,
              '/v1/chat/completions', m, 'openai', m, s, 'upstream', p, c, 0, 0, p * 150 + c * 600, '2026-11-01',
              ARRAY[a.window_id], n % 3 = 0, CASE s WHEN 'completed' THEN 200 ELSE 502 END, 900, gatehouse_request_time(x.id),
              (ARRAY['debugging', 'code_generation', 'research', 'testing'])[1 + n % 4],
              (ARRAY['coding', 'coding', 'research', 'testing'])[1 + n % 4], 0.9, gatehouse_request_time(x.id)
         FROM (SELECT n, 50 + (random() * 2000)::int AS p, (random() * 800)::int AS c,
                      1 + floor(power(random(), 3) * ${accounts})::int AS place,
                      (ARRAY['gpt-4o-mini', 'gpt-4o', 'gpt-4.1', 'gpt-5-mini'])[1 + floor(power(random(), 2) * 4)::int] AS m,
                      CASE WHEN random() < 0.97 THEN 'completed' ELSE 'upstream_error' END AS s,
                      (substr(gatehouse_first_request_id($1::timestamptz + ($2::timestamptz - $1) * ((n - 1)::float8 / $4))::text, 1, 14)
                        || '7' || substr(md5(n::text), 1, 3) || '-8' || substr(md5(n::text), 4, 3) || '-' || substr(md5(n::text), 7, 12)
                      )::uuid AS id
                 FROM generate_series($3::bigint + 1, least($3 + ${CHUNK}, $4)) n) x
         JOIN bench_accounts a USING (place)`,
      [first, last, done, count],
    );
  }
  say(`${count} calls of ${name}`);
}

async function sumUp() {
  await client.query(`
    INSERT INTO usage_rollups (user_id, day, api_key_id, task_id, model, endpoint, status, requests, errors, prompt_tokens,
      completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd)
    SELECT user_id, (admitted_at AT TIME ZONE 'UTC')::date, coalesce(api_key_id, 0), coalesce(task_id, 0), model, endpoint, status,
           count(*), count(*) FILTER (WHERE status <> 'completed'), sum(prompt_tokens), sum(completion_tokens), 0, 0, sum(cost_nano_usd)
      FROM ledger GROUP BY 1, 2, 3, 4, 5, 6, 7 ON CONFLICT DO NOTHING`);
  say('rollups');
  await client.query(`
    INSERT INTO usage_intents (user_id, day, api_key_id, model, intent, guard_intent, requests, tokens, cost_nano_usd)
    SELECT user_id, (admitted_at AT TIME ZONE 'UTC')::date, coalesce(api_key_id, 0), model, intent, guard_intent, count(*),
           sum(total_tokens), sum(cost_nano_usd)
      FROM ledger WHERE intent IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6 ON CONFLICT DO NOTHING`);
  say('intents');
  const totals = `sum(requests), sum(errors), sum(prompt_tokens), sum(completion_tokens), sum(cached_prompt_tokens), sum(cost_nano_usd)`;
  await client.query(`
    INSERT INTO usage_day_sums (day, model, task_id, requests, errors, prompt_tokens, completion_tokens, cached_prompt_tokens, cost_nano_usd)
    SELECT day, model, task_id, ${totals} FROM usage_rollups GROUP BY 1, 2, 3`);
  await client.query(`
    INSERT INTO usage_account_sums (month, user_id, api_key_id, requests, errors, prompt_tokens, completion_tokens,
      cached_prompt_tokens, cost_nano_usd)
    SELECT date_trunc('month', day)::date, user_id, api_key_id, ${totals} FROM usage_rollups GROUP BY 1, 2, 3`);
  await client.query(`
    INSERT INTO usage_intent_sums (day, model, intent, guard_intent, requests, tokens, cost_nano_usd)
    SELECT day, model, intent, guard_intent, sum(requests), sum(tokens), sum(cost_nano_usd) FROM usage_intents GROUP BY 1, 2, 3, 4`);
  say('sums');
  await client.query(`
    UPDATE quota_windows w SET requests = t.requests, spent_tokens = t.tokens, spent_nano_usd = t.cost
      FROM (SELECT user_id, window_ids[1] AS id, count(*) AS requests, sum(total_tokens) AS tokens, sum(cost_nano_usd) AS cost
              FROM ledger WHERE user_id IN (SELECT id FROM bench_accounts) GROUP BY 1, 2) t
     WHERE w.user_id = t.user_id AND w.id = t.id`);
  say('windows');
}

async function seal() {
  await client.query(
    `INSERT INTO ledger_unsealed (user_id, entry_id, source, is_summed) SELECT user_id, request_id, 'call', true FROM ledger`,
  );
  for (;;) {
    const { rows: sealed } = await client.query('SELECT gatehouse_seal(5000) AS sealed');
    if (sealed[0].sealed === 0) break;
  }
  say('sealed');
}
