import type OpenAI from 'openai';
import { displayPrefix, generateKey, hashKey } from '../../src/modules/api-keys/api-key-format.js';
import { ApiClient } from './api-client.js';
import { createDatabase, dropDatabase } from './databases.js';
import { FakeUpstream } from './fake-upstream.js';
import { GatehouseProcess } from './gatehouse-process.js';
import { until } from './until.js';
import type { UpstreamBehaviour } from './upstream-behaviour.js';
import { Books, type TestLimits } from './usage-books.js';

/** Our credential at the upstream: it may show up nowhere else. */
export const UPSTREAM_SECRET = 'sk-UPSTREAM-SECRET';
export const ADMIN = { email: 'root@gatehouse.test', password: 'a-password-of-the-tests' };
const JWT_SECRET = 'a-jwt-secret-of-the-tests-0123456789-abcdefgh';

export interface GatewayOptions {
  /** Servers on one database; 1. */
  replicas?: number;
  /** For every server, over the defaults of the tests: no Redis, no rate limit that matters. */
  env?: Record<string, string | undefined>;
  /** What the upstream does unless told otherwise. */
  upstream?: Partial<UpstreamBehaviour>;
  /** How the servers reach the database, for putting a proxy in between. */
  reachDatabase?: (databaseUrl: string) => Promise<string>;
}

/** An account with a key, and a client of the first server that presents it. */
export interface TestAccount {
  id: number;
  key: string;
  client: ApiClient;
}

/** One row of the ledger, as an auditor reads it. */
export interface LedgerRow {
  requestId: string;
  status: string;
  usageSource: string;
  promptTokens: number;
  completionTokens: number;
  httpStatus: number;
  errorCode: string | null;
  streamed: boolean;
}

const LEDGER = `
  SELECT request_id AS "requestId", status, usage_source AS "usageSource", prompt_tokens AS "promptTokens",
         completion_tokens AS "completionTokens", http_status AS "httpStatus", error_code AS "errorCode", streamed
    FROM ledger WHERE user_id = $1 ORDER BY admitted_at, request_id`;

/** Real servers on a database of their own, with a fake upstream behind them. */
export class Gateway {
  readonly servers: GatehouseProcess[] = [];
  private readonly clients: ApiClient[] = [];
  private adminClient: ApiClient | undefined;

  private constructor(
    readonly upstream: FakeUpstream,
    readonly databaseUrl: string,
    readonly books: Books,
    private readonly env: Record<string, string | undefined>,
  ) {}

  static async start({ replicas = 1, env, upstream, reachDatabase }: GatewayOptions = {}): Promise<Gateway> {
    const databaseUrl = await createDatabase();
    const fake = await FakeUpstream.start(upstream);
    const gateway = new Gateway(fake, databaseUrl, await Books.open(databaseUrl), {
      DATABASE_URL: reachDatabase ? await reachDatabase(databaseUrl) : databaseUrl,
      REDIS_URL: 'none',
      OPENAI_BASE_URL: fake.url,
      OPENAI_API_KEY: UPSTREAM_SECRET,
      JWT_SECRET_KEY: JWT_SECRET,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      RATE_LIMIT_PER_MINUTE: '1000000',
      ...env,
    });
    try {
      await Promise.all(Array.from({ length: replicas }, () => gateway.addServer()));
      return gateway;
    } catch (error) {
      await gateway.stop();
      throw error;
    }
  }

  /** One more server on the same database; resolves with its place in `servers`. */
  async addServer(env: Record<string, string | undefined> = {}): Promise<number> {
    const server = await GatehouseProcess.start({ env: { ...this.env, ...env } });
    this.clients.push(new ApiClient(server.url));
    return this.servers.push(server) - 1;
  }

  /** A client of one server, without credentials. */
  client(server = 0): ApiClient {
    const client = this.clients[server];
    if (client === undefined) throw new Error(`there is no server ${server}`);
    return client;
  }

  /** A client of the first server, logged in as the administrator. */
  async admin(): Promise<ApiClient> {
    this.adminClient ??= await this.logIn();
    return this.adminClient;
  }

  /** A new account with a key. Only the limits given here limit it. */
  async account(limits: TestLimits = {}): Promise<TestAccount> {
    const id = await this.books.account(limits);
    const key = await this.issueKey(id);
    return { id, key, client: this.client().bearer(key) };
  }

  /** One more key of an account. */
  async issueKey(userId: number): Promise<string> {
    const key = generateKey('gh_');
    await this.books.query(`INSERT INTO api_keys (user_id, name, prefix, hash) VALUES ($1, 'test', $2, $3)`, [
      userId,
      displayPrefix(key),
      hashKey(key),
    ]);
    return key;
  }

  /** Lets an account work on a task; on the general one unless told otherwise. */
  async assign(account: TestAccount, taskId = 1): Promise<void> {
    await this.books.query('INSERT INTO task_assignments (user_id, task_id) VALUES ($1, $2)', [account.id, taskId]);
  }

  async setDailyLimit(account: TestAccount, tokens: number): Promise<void> {
    await this.books.query('UPDATE quota_accounts SET tokens_per_day = $2 WHERE user_id = $1', [account.id, tokens]);
  }

  ledger(account: TestAccount): Promise<LedgerRow[]> {
    return this.books.query<LedgerRow>(LEDGER, [account.id]);
  }

  /** The rows of the ledger, once there are this many; more of them, or fewer in time, is an error. */
  async ledgerOf(account: TestAccount, rows: number, timeoutMs = 10_000): Promise<LedgerRow[]> {
    await until(`${rows} ledger rows`, async () => (await this.ledger(account)).length >= rows, {
      timeoutMs,
      intervalMs: 25,
    });
    const found = await this.ledger(account);
    expect(found).toHaveLength(rows);
    return found;
  }

  /** Holds of one account, or of all. */
  async holds(account?: TestAccount): Promise<number> {
    const rows = await this.books.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM holds WHERE $1::int IS NULL OR user_id = $1',
      [account?.id ?? null],
    );
    return rows[0]?.count ?? 0;
  }

  /** Waits until nothing is held, and checks that every window tells what the ledger tells. Resolves with the tokens. */
  async balanced(account: TestAccount, timeoutMs = 10_000): Promise<number> {
    await until('no holds', async () => (await this.holds(account)) === 0, { timeoutMs, intervalMs: 25 });
    const { tokens, cost } = await this.books.ledgerTotals(account.id);
    for (const window of await this.books.windows(account.id)) {
      expect(window).toMatchObject({ held: 0, heldCost: 0, spent: tokens, spentCost: cost });
    }
    return tokens;
  }

  /** What all servers wrote so far. */
  output(): string {
    return this.servers.map((server) => server.output()).join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
    await Promise.all(this.servers.filter(({ running }) => running).map((server) => server.stop()));
    await this.books.close();
    await this.upstream.stop();
    await dropDatabase(this.databaseUrl);
  }

  private async logIn(): Promise<ApiClient> {
    const form = new URLSearchParams({ username: ADMIN.email, password: ADMIN.password }).toString();
    const { status, body } = await this.client().post<{ access_token: string }>('/api/v1/auth/login', form, {
      'content-type': 'application/x-www-form-urlencoded',
    });
    if (status !== 200) throw new Error(`the administrator cannot log in: ${status} ${JSON.stringify(body)}`);
    return this.client().bearer(body.access_token);
  }
}

/** A small chat request. */
export function chat(change: Record<string, unknown> = {}): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 50, ...change };
}

export const CHAT = '/v1/chat/completions';
