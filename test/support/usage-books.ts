import 'reflect-metadata';
import { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { Config } from '../../src/config/config.js';
import { Environment } from '../../src/config/environment.js';
import { HotDatabase } from '../../src/database/hot-database.js';
import { AdmissionService } from '../../src/modules/usage/admission/admission.service.js';
import type { AdmissionRequest, Hold, Settlement } from '../../src/modules/usage/admission/admission.types.js';
import { RefusalRecorder } from '../../src/modules/usage/alerts/refusal-recorder.service.js';
import { LeaseService } from '../../src/modules/usage/leases/lease.service.js';
import { OrphanSweeper } from '../../src/modules/usage/leases/orphan-sweeper.service.js';
import { SettlementQueue } from '../../src/modules/usage/settlement/settlement-queue.js';
import { SettlementService } from '../../src/modules/usage/settlement/settlement.service.js';
import type { ModelPrice } from '../../src/modules/usage/pricing/model-price.js';

export const PRICE: ModelPrice = {
  version: 'test',
  inputNanoUsdPerToken: 100,
  cachedInputNanoUsdPerToken: 50,
  outputNanoUsdPerToken: 400,
};

/** One replica's worth of the usage module's services, on real Postgres, without the HTTP around them. */
export class Replica {
  readonly admission: AdmissionService;
  readonly settlement: SettlementService;
  readonly queue: SettlementQueue;
  readonly leases: LeaseService;
  readonly sweeper: OrphanSweeper;
  readonly refusals: RefusalRecorder;
  private readonly database: HotDatabase;

  constructor(databaseUrl: string, environment: Partial<Environment> = {}) {
    const env = Object.assign(new Environment(), { RATE_LIMIT_PER_MINUTE: 1_000_000 }, environment);
    const config = new Config(env, { databaseUrl, redisUrl: undefined }, 'secret');
    this.database = new HotDatabase(config);
    this.queue = new SettlementQueue(this.database);
    this.refusals = new RefusalRecorder(this.database);
    this.admission = new AdmissionService(this.database, this.queue, config, this.refusals);
    this.settlement = new SettlementService(this.queue);
    this.leases = new LeaseService(this.database, config);
    this.sweeper = new OrphanSweeper(this.database, config);
  }

  async close(): Promise<void> {
    this.leases.onModuleDestroy();
    this.sweeper.onModuleDestroy();
    await this.queue.beforeApplicationShutdown();
    await this.database.onApplicationShutdown();
  }
}

export interface TestLimits {
  day?: number;
  month?: number;
  lifetime?: number;
  hourRequests?: number;
  costDay?: number;
}

export interface WindowRow {
  period: 'day' | 'month' | 'lifetime';
  requests: number;
  spent: number;
  held: number;
  spentCost: number;
  heldCost: number;
}

/** The books as an auditor reads them: straight from the tables. */
export class Books {
  private constructor(private readonly client: Client) {}

  static async open(databaseUrl: string): Promise<Books> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    return new Books(client);
  }

  async close(): Promise<void> {
    await this.client.end();
  }

  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, values)).rows;
  }

  /** A new account; resolves with its id. */
  async account(limits: TestLimits = {}): Promise<number> {
    const [user] = await this.query<{ id: number }>(
      `INSERT INTO users (email, email_normalized, origin) SELECT e, e, 'self' FROM (SELECT gen_random_uuid() || '@test' AS e) x
       RETURNING id`,
    );
    const id = user.id;
    await this.query(
      `INSERT INTO quota_accounts (user_id, requests_per_hour, tokens_per_day, tokens_per_month, lifetime_tokens, cost_per_day_nano_usd)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [id, limits.hourRequests, limits.day, limits.month, limits.lifetime, limits.costDay],
    );
    if (limits.lifetime !== undefined) {
      await this.query(`INSERT INTO balance_entries (user_id, kind, tokens) VALUES ($1, 'opening', $2)`, [
        id,
        limits.lifetime,
      ]);
    }
    return id;
  }

  /** A new key of an account, with limits of its own where told; resolves with its id. */
  async key(
    userId: number,
    limits: { lifetime?: number; day?: number; minuteRequests?: number } = {},
  ): Promise<number> {
    const [key] = await this.query<{ id: number }>(
      `INSERT INTO api_keys (user_id, name, prefix, hash, requests_per_minute)
       VALUES ($1, 'k', 'gh_', sha256(convert_to(gen_random_uuid()::text, 'UTF8')), $2) RETURNING id`,
      [userId, limits.minuteRequests],
    );
    if (limits.lifetime !== undefined || limits.day !== undefined) {
      await this.limit(userId, 2, key.id, limits);
    }
    return key.id;
  }

  /** Limits of a key (2) or a task (3) of an account. */
  async limit(
    userId: number,
    subject: 2 | 3,
    subjectId: number,
    limits: { lifetime?: number; day?: number },
  ): Promise<void> {
    await this.query(
      `INSERT INTO quota_limits (user_id, subject, subject_id, tokens_per_day, lifetime_tokens) VALUES ($1, $2, $3, $4, $5)`,
      [userId, subject, subjectId, limits.day, limits.lifetime],
    );
  }

  async windows(userId: number): Promise<WindowRow[]> {
    const rows = await this.query<Record<keyof WindowRow, string>>(
      `SELECT (ARRAY['day', 'month', 'lifetime'])[period] AS period, requests, spent_tokens AS spent, held_tokens AS held, spent_nano_usd AS "spentCost", held_nano_usd AS "heldCost"
         FROM quota_windows WHERE user_id = $1 AND subject = 1 ORDER BY 1`,
      [userId],
    );
    return rows.map((row) => ({
      period: row.period as WindowRow['period'],
      requests: Number(row.requests),
      spent: Number(row.spent),
      held: Number(row.held),
      spentCost: Number(row.spentCost),
      heldCost: Number(row.heldCost),
    }));
  }

  async ledgerTotals(userId: number): Promise<{ rows: number; tokens: number; cost: number }> {
    const [row] = await this.query<{ rows: string; tokens: string; cost: string }>(
      `SELECT (SELECT count(*) FROM ledger WHERE user_id = $1) AS rows,
              (SELECT coalesce(sum(total_tokens), 0) FROM ledger WHERE user_id = $1)
                + (SELECT coalesce(sum(prompt_tokens + completion_tokens), 0) FROM ledger_corrections WHERE user_id = $1) AS tokens,
              (SELECT coalesce(sum(cost_nano_usd), 0) FROM ledger WHERE user_id = $1)
                + (SELECT coalesce(sum(cost_nano_usd), 0) FROM ledger_corrections WHERE user_id = $1) AS cost`,
      [userId],
    );
    return { rows: Number(row.rows), tokens: Number(row.tokens), cost: Number(row.cost) };
  }

  /** Lets the leases of an account's holds run out now. */
  async expireHolds(userId: number): Promise<void> {
    await this.query(`UPDATE holds SET expires_at = clock_timestamp() - interval '1 second' WHERE user_id = $1`, [
      userId,
    ]);
  }
}

/** A call of 100 prompt tokens at most and 100 completion tokens wanted, unless told otherwise. */
export function request(userId: number, change: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return {
    requestId: uuidv7(),
    userId,
    apiKeyId: null,
    taskId: null,
    endpoint: '/v1/chat/completions',
    model: 'gpt-4o-mini',
    provider: 'openai',
    promptTokensReserved: 100,
    promptTokensCounted: 25,
    completionTokensWanted: 100,
    choices: 1,
    price: PRICE,
    ...change,
  };
}

/** The end of a call that used this many tokens. */
export function ended(hold: Hold, promptTokens: number, completionTokens: number): Settlement {
  return {
    status: 'completed',
    usage: { promptTokens, completionTokens, cachedPromptTokens: 0, reasoningTokens: 0 },
    usageSource: 'upstream',
    provider: hold.request.provider,
    upstreamModel: hold.request.model,
    price: hold.request.price,
    streamed: false,
    httpStatus: 200,
    errorCode: null,
    latencyMs: 5,
    timeToFirstTokenMs: null,
    promptText: 'prompt',
    completionText: 'completion',
  };
}
