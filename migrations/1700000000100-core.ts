import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts, keys, limits, holds, ledger and outbox. Every hot table's key begins with `user_id`. */
export class Core1700000000100 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(ACCOUNTS);
    await db.query(QUOTAS);
    await db.query(LEDGER);
    await db.query(PARTITIONS);
    await db.query(`SELECT gatehouse_ensure_partitions(3)`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_ensure_partitions(int);
      DROP TABLE outbox, request_contents, ledger_corrections, ledger, rate_counters, admission_tombstones, holds,
        quota_windows, quota_limits, quota_accounts, installation, api_keys, users;
      DROP TYPE gatehouse_kept_period;
    `);
  }
}

const ACCOUNTS = `
  CREATE TABLE users (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    username text,
    username_normalized text UNIQUE CHECK (position('@' IN username_normalized) = 0),
    email text NOT NULL,
    email_normalized text NOT NULL UNIQUE,
    name text,
    picture_url text,
    password_hash text,
    role text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    origin text NOT NULL CHECK (origin IN ('self', 'admin', 'google', 'bootstrap')),
    is_active boolean NOT NULL DEFAULT true,
    is_blocked boolean NOT NULL DEFAULT false,
    blocked_reason text,
    blocked_at timestamptz,
    case_id uuid,
    session_epoch int NOT NULL DEFAULT 0,
    last_active_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
  );

  CREATE TABLE api_keys (
    user_id int NOT NULL REFERENCES users (id),
    id int GENERATED ALWAYS AS IDENTITY UNIQUE,
    public_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
    requests_per_minute int CHECK (requests_per_minute > 0),
    is_active boolean NOT NULL DEFAULT true,
    is_default boolean NOT NULL DEFAULT false,
    expires_at timestamptz,
    revoked_at timestamptz,
    deleted_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
  );
`;

const QUOTAS = `
  CREATE TABLE installation (
    id int PRIMARY KEY CHECK (id = 1),
    frozen boolean NOT NULL DEFAULT false,
    frozen_reason text,
    cost_per_day_nano_usd bigint CHECK (cost_per_day_nano_usd >= 0),
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  INSERT INTO installation (id) VALUES (1);
  COMMENT ON TABLE installation IS 'One row: what protects the owner, whatever the accounts may do.';

  CREATE TYPE gatehouse_kept_period AS (named date, starts_at timestamptz, due_at timestamptz, ends_at timestamptz);

  CREATE TABLE quota_accounts (
    user_id int PRIMARY KEY REFERENCES users (id),
    time_zone text NOT NULL DEFAULT 'UTC',
    requests_per_minute int CHECK (requests_per_minute > 0),
    requests_per_hour int CHECK (requests_per_hour > 0),
    throttled_per_minute int CHECK (throttled_per_minute > 0),
    concurrent_requests int CHECK (concurrent_requests > 0),
    tokens_per_day bigint CHECK (tokens_per_day >= 0),
    tokens_per_month bigint CHECK (tokens_per_month >= 0),
    lifetime_tokens bigint CHECK (lifetime_tokens >= 0),
    cost_per_day_nano_usd bigint CHECK (cost_per_day_nano_usd >= 0),
    cost_per_month_nano_usd bigint CHECK (cost_per_month_nano_usd >= 0),
    allowed_models text[],
    day_generation int NOT NULL DEFAULT 0,
    month_generation int NOT NULL DEFAULT 0,
    kept_day gatehouse_kept_period,
    kept_month gatehouse_kept_period,
    updated_at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON COLUMN quota_accounts.kept_day IS
    'The day in which the time zone was changed last. It goes on until ends_at; from then on time_zone counts. Past: of no effect.';
  COMMENT ON COLUMN quota_accounts.kept_month IS 'The same for the month';
  COMMENT ON COLUMN quota_accounts.throttled_per_minute IS 'Set while the account is slowed down for misuse';

  CREATE TABLE quota_limits (
    user_id int NOT NULL,
    subject smallint NOT NULL CHECK (subject IN (2, 3)),
    subject_id int NOT NULL,
    requests_per_minute int CHECK (requests_per_minute > 0),
    requests_per_hour int CHECK (requests_per_hour > 0),
    tokens_per_day bigint CHECK (tokens_per_day >= 0),
    tokens_per_month bigint CHECK (tokens_per_month >= 0),
    lifetime_tokens bigint CHECK (lifetime_tokens >= 0),
    cost_per_day_nano_usd bigint CHECK (cost_per_day_nano_usd >= 0),
    cost_per_month_nano_usd bigint CHECK (cost_per_month_nano_usd >= 0),
    lifetime_cost_nano_usd bigint CHECK (lifetime_cost_nano_usd >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, subject, subject_id)
  );
  COMMENT ON COLUMN quota_limits.subject IS '2: an API key, 3: a task. Without a row there is no limit and no window.';

  CREATE TABLE quota_windows (
    user_id int NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    subject smallint NOT NULL CHECK (subject BETWEEN 0 AND 3),
    subject_id int NOT NULL,
    period smallint NOT NULL CHECK (period BETWEEN 1 AND 3),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    generation int NOT NULL,
    requests bigint NOT NULL DEFAULT 0,
    spent_tokens bigint NOT NULL DEFAULT 0,
    held_tokens bigint NOT NULL DEFAULT 0 CHECK (held_tokens >= 0),
    spent_nano_usd bigint NOT NULL DEFAULT 0,
    held_nano_usd bigint NOT NULL DEFAULT 0 CHECK (held_nano_usd >= 0),
    PRIMARY KEY (user_id, id),
    UNIQUE (user_id, subject, subject_id, period, starts_at, generation)
  ) WITH (fillfactor = 50);
  COMMENT ON COLUMN quota_windows.subject IS '0: the installation (user_id 0), 1: the account, 2: an API key, 3: a task';
  COMMENT ON COLUMN quota_windows.period IS '1: day, 2: month, 3: lifetime';

  CREATE TABLE rate_counters (
    user_id int NOT NULL,
    subject smallint NOT NULL,
    subject_id int NOT NULL,
    seconds int NOT NULL,
    started_at timestamptz NOT NULL,
    requests int NOT NULL,
    PRIMARY KEY (user_id, subject, subject_id, seconds)
  ) WITH (fillfactor = 50);

  CREATE TABLE holds (
    user_id int NOT NULL,
    request_id uuid NOT NULL,
    api_key_id int NOT NULL,
    task_id int NOT NULL,
    endpoint text NOT NULL,
    model text NOT NULL,
    provider text NOT NULL,
    prompt_tokens_reserved int NOT NULL,
    prompt_tokens_counted int NOT NULL,
    completion_tokens_seen int NOT NULL DEFAULT 0,
    tokens_held bigint NOT NULL,
    cost_held_nano_usd bigint NOT NULL,
    input_nano_usd_per_token bigint,
    output_nano_usd_per_token bigint,
    price_version text,
    window_ids bigint[] NOT NULL,
    dispatched boolean NOT NULL DEFAULT false,
    held_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, request_id)
  ) WITH (fillfactor = 70);
  COMMENT ON COLUMN holds.api_key_id IS '0: a JWT made the call';
  COMMENT ON COLUMN holds.task_id IS '0: no task was named';
  COMMENT ON COLUMN holds.expires_at IS 'Not indexed on purpose: renewals stay heap-only updates, and the table holds calls in flight only.';

  CREATE TABLE admission_tombstones (
    user_id int NOT NULL,
    request_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, request_id)
  );
`;

const LEDGER = `
  CREATE TABLE ledger (
    user_id int NOT NULL,
    request_id uuid NOT NULL,
    admitted_at timestamptz NOT NULL,
    api_key_id int,
    task_id int,
    endpoint text NOT NULL,
    model text NOT NULL,
    provider text NOT NULL,
    upstream_model text NOT NULL,
    status text NOT NULL,
    usage_source text NOT NULL CHECK (usage_source IN ('upstream', 'counted', 'lease_expired')),
    prompt_tokens int NOT NULL CHECK (prompt_tokens >= 0),
    completion_tokens int NOT NULL CHECK (completion_tokens >= 0),
    cached_prompt_tokens int NOT NULL CHECK (cached_prompt_tokens >= 0),
    reasoning_tokens int NOT NULL CHECK (reasoning_tokens >= 0),
    cache_write_5m_tokens int NOT NULL DEFAULT 0 CHECK (cache_write_5m_tokens >= 0),
    cache_write_1h_tokens int NOT NULL DEFAULT 0 CHECK (cache_write_1h_tokens >= 0),
    from_cache boolean NOT NULL DEFAULT false,
    total_tokens int NOT NULL GENERATED ALWAYS AS (prompt_tokens + completion_tokens) STORED,
    cost_nano_usd bigint NOT NULL CHECK (cost_nano_usd >= 0),
    price_version text,
    window_ids bigint[] NOT NULL,
    streamed boolean NOT NULL,
    http_status int NOT NULL,
    error_code text,
    latency_ms int NOT NULL,
    time_to_first_token_ms int,
    settled_at timestamptz NOT NULL DEFAULT now(),
    intent text,
    guard_intent text,
    confidence real,
    analysed_at timestamptz,
    PRIMARY KEY (user_id, request_id, admitted_at)
  ) PARTITION BY RANGE (admitted_at);
  COMMENT ON COLUMN ledger.from_cache IS 'Our cache answered: no upstream was called, and the tokens are the share that is billed.';
  COMMENT ON COLUMN ledger.cache_write_5m_tokens IS 'Prompt tokens written to the provider''s cache, for five minutes; part of prompt_tokens.';
  CREATE INDEX ledger_newest_first ON ledger (admitted_at DESC, request_id DESC);
  CREATE TABLE ledger_default PARTITION OF ledger DEFAULT;

  CREATE TABLE ledger_corrections (
    user_id int NOT NULL,
    request_id uuid NOT NULL,
    kind text NOT NULL,
    prompt_tokens int NOT NULL,
    completion_tokens int NOT NULL,
    cached_prompt_tokens int NOT NULL DEFAULT 0,
    reasoning_tokens int NOT NULL DEFAULT 0,
    cache_write_5m_tokens int NOT NULL DEFAULT 0,
    cache_write_1h_tokens int NOT NULL DEFAULT 0,
    cost_nano_usd bigint NOT NULL,
    price_version text,
    window_ids bigint[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, request_id, kind)
  );
  COMMENT ON TABLE ledger_corrections IS 'Differences to a ledger row that became known later. Rows of the ledger itself are never edited.';

  CREATE TABLE request_contents (
    user_id int NOT NULL,
    request_id uuid NOT NULL,
    admitted_at timestamptz NOT NULL,
    prompt_text text NOT NULL,
    completion_text text NOT NULL,
    PRIMARY KEY (user_id, request_id, admitted_at)
  ) PARTITION BY RANGE (admitted_at);
  CREATE TABLE request_contents_default PARTITION OF request_contents DEFAULT;

  CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    user_id int NOT NULL,
    request_id uuid NOT NULL,
    admitted_at timestamptz NOT NULL,
    attempts int NOT NULL DEFAULT 0,
    available_at timestamptz NOT NULL DEFAULT now(),
    claimed_until timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (topic, request_id)
  );
`;

const PARTITIONS = `
  CREATE FUNCTION gatehouse_ensure_partitions(p_months_ahead int) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    v_month timestamp;
    v_table text;
  BEGIN
    PERFORM pg_advisory_xact_lock(7218946);
    FOR i IN 0..p_months_ahead LOOP
      v_month := date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i);
      FOREACH v_table IN ARRAY ARRAY['ledger', 'request_contents'] LOOP
        IF to_regclass(format('%s_%s', v_table, to_char(v_month, 'YYYY_MM'))) IS NULL THEN
          -- Analysis adds the intent to a ledger row: with room on the page, no index has to learn where the row went.
          EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = %s)',
            v_table || '_' || to_char(v_month, 'YYYY_MM'), v_table,
            v_month AT TIME ZONE 'UTC', (v_month + interval '1 month') AT TIME ZONE 'UTC',
            CASE v_table WHEN 'ledger' THEN 80 ELSE 100 END);
        END IF;
      END LOOP;
    END LOOP;
  END $$;
`;
