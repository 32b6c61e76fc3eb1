import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { LEAVER } from '../load/requests.mjs';
import { ROOT } from '../gateways/gatehouse.mjs';
import { atEnd } from './cleanup.mjs';

/** High enough never to be reached, so that every limit is checked and none refuses. */
const FAR_AWAY = 1_000_000_000_000;

/** The embedded Postgres (and Redis, if the machine has one) that Gatehouse brings, run by us so that it can be pinned. */
export class Database {
  static async start({ workDir }) {
    const { startEmbeddedServers } = await import(join(ROOT, 'dist', 'src', 'embedded-servers.js'));
    const dataDir = join(workDir, 'servers');
    mkdirSync(dataDir, { recursive: true });
    const servers = await startEmbeddedServers({
      dataDirSetting: dataDir,
      needPostgres: true,
      needRedis: true,
      checkoutDir: ROOT,
      log: () => undefined,
      onFatal: (reason) => process.stderr.write(`The Postgres of the bench is gone: ${reason}\n`),
    });
    atEnd(() => servers.stop());
    return new Database(servers);
  }

  constructor({ databaseUrl, redisUrl }) {
    this.url = databaseUrl;
    this.redisUrl = redisUrl;
  }

  async query(sql, values) {
    if (this.client === undefined) {
      this.client = new pg.Client({ connectionString: this.url });
      await this.client.connect();
      atEnd(() => this.client.end());
    }
    return (await this.client.query(sql, values)).rows;
  }

  /**
   * Opens accounts with a key each, in a database that a Gatehouse has migrated. They have limits of every kind: tokens a day, a
   * month and for life, requests a minute and an hour.
   * @param {{name: string, count: number, lifetimeTokens?: number}} options
   * @returns {Promise<string[]>} the keys
   */
  async openAccounts({ name, count, lifetimeTokens = FAR_AWAY }) {
    const { generateKey, hashKey, displayPrefix } = await import(
      join(ROOT, 'dist', 'src', 'modules', 'api-keys', 'api-key-format.js')
    );
    const keys = Array.from({ length: count }, () => generateKey('gh_'));
    const emails = keys.map((_, index) => `${name}-${index}@bench.test`);
    await this.query(OPEN_ACCOUNTS, [emails, keys.map(hashKey), keys.map(displayPrefix), FAR_AWAY, lifetimeTokens]);
    return keys;
  }

  async count(table) {
    const [{ count }] = await this.query(`SELECT count(*)::int AS count FROM ${table}`);
    return count;
  }

  /** Waits until the analysis has taken in what was settled, at most `withinMs`; answers how many rows are left. */
  async outboxDrained(withinMs) {
    const deadline = Date.now() + withinMs;
    let left = await this.count('outbox');
    while (left > 0 && Date.now() < deadline) {
      await sleep(100);
      left = await this.count('outbox');
    }
    return left;
  }

  /** What the ledger says of the calls of all accounts of the bench but those that hang up, once nothing is held any more. */
  async ledgerTotals() {
    for (let tries = 0; tries < 100 && (await this.count('holds')) > 0; tries += 1) await sleep(100);
    const [totals] = await this.query(`
      SELECT count(*)::int AS calls, count(*) FILTER (WHERE status = 'completed')::int AS completed,
             coalesce(sum(prompt_tokens) FILTER (WHERE status = 'completed'), 0)::bigint AS "promptTokens",
             coalesce(sum(completion_tokens) FILTER (WHERE status = 'completed'), 0)::bigint AS "completionTokens",
             (SELECT count(*)::int FROM holds) AS holds
        FROM ledger JOIN users ON users.id = ledger.user_id WHERE users.email LIKE '%@bench.test' AND users.email NOT LIKE '${LEAVER}-%'`);
    return { ...totals, promptTokens: Number(totals.promptTokens), completionTokens: Number(totals.completionTokens) };
  }
}

const OPEN_ACCOUNTS = `
  WITH given AS (
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[]) AS given (email, hash, prefix)
  ), opened AS (
    INSERT INTO users (email, email_normalized, origin) SELECT email, email, 'admin' FROM given RETURNING id, email
  ), limits AS (
    INSERT INTO quota_accounts (user_id, requests_per_hour, tokens_per_day, tokens_per_month, lifetime_tokens)
    SELECT id, 1000000000, $4::bigint, $4, $5::bigint FROM opened
  ), balances AS (
    INSERT INTO balance_entries (user_id, kind, tokens) SELECT id, 'opening', $5 FROM opened
  )
  INSERT INTO api_keys (user_id, name, prefix, hash, requests_per_minute, is_default)
  SELECT id, 'bench', prefix, hash, 1000000000, true FROM opened JOIN given USING (email)`;
