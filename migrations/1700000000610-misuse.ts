import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was found out about each request, where each account stands, and what was done about it. */
export class Misuse1700000000610 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(ASSESSMENTS);
    await db.query(STATES);
    await db.query(REVIEW);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE misuse_alerts, misuse_cases, misuse_events, misuse_states, misuse_assessments');
  }
}

/* One row per request, never changed once its transaction is over, but for `excluded_*`. The account's state is a fold over these. */
const ASSESSMENTS = `
  CREATE TABLE misuse_assessments (
    user_id int NOT NULL,
    request_id uuid NOT NULL,
    admitted_at timestamptz NOT NULL,
    api_key_id int,
    task_id int,
    total_tokens int NOT NULL DEFAULT 0,
    guard_intent text NOT NULL,
    confidence real NOT NULL,
    fingerprint text NOT NULL,
    shape text NOT NULL,
    client text,
    score double precision NOT NULL,
    harm double precision NOT NULL,
    attack double precision NOT NULL,
    category text,
    weight double precision NOT NULL,
    model_version text NOT NULL,
    excerpt text,
    deviation_delta double precision,
    score_before double precision,
    score_after double precision,
    excluded_at timestamptz,
    excluded_by int,
    PRIMARY KEY (user_id, request_id, admitted_at)
  );
  CREATE INDEX misuse_assessments_by_time ON misuse_assessments (user_id, admitted_at, request_id);
  COMMENT ON COLUMN misuse_assessments.weight IS 'Log-likelihood ratio of the prompt: above 0 speaks for misuse, below 0 against.';
  COMMENT ON COLUMN misuse_assessments.excerpt IS 'Beginning of a flagged prompt, as evidence. Null for ordinary prompts.';
`;

const STATES = `
  CREATE TABLE misuse_states (
    user_id int PRIMARY KEY,
    level text NOT NULL DEFAULT 'normal' CHECK (level IN ('normal', 'warn', 'throttle', 'block')),
    score double precision NOT NULL DEFAULT 0,
    scored_at timestamptz,
    state jsonb,
    snapshots jsonb NOT NULL DEFAULT '[]',
    next_change_at timestamptz,
    deviation_score double precision NOT NULL DEFAULT 0,
    deviation_at timestamptz,
    is_exempt boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT now()
  ) WITH (fillfactor = 50);
  CREATE INDEX misuse_states_due ON misuse_states (next_change_at) WHERE next_change_at IS NOT NULL;
  CREATE INDEX misuse_states_by_risk ON misuse_states (score DESC, user_id);

  CREATE TABLE misuse_events (
    user_id int NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    happened_at timestamptz NOT NULL,
    request_id uuid,
    case_id uuid,
    actor_id int,
    enforced boolean NOT NULL DEFAULT true,
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, id)
  );
  COMMENT ON TABLE misuse_events IS 'Append-only: steps between levels, and what people decided.';
  COMMENT ON COLUMN misuse_events.actor_id IS 'The person who did it; null for the gateway itself.';
`;

const REVIEW = `
  CREATE TABLE misuse_cases (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id int NOT NULL REFERENCES users (id),
    cause text NOT NULL CHECK (cause IN ('behaviour', 'deviation', 'manual')),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'appealed', 'unblocked', 'dismissed', 'lifted')),
    reason text NOT NULL,
    score double precision,
    enforced boolean NOT NULL DEFAULT true,
    needs_person boolean NOT NULL DEFAULT false,
    evidence jsonb NOT NULL DEFAULT '[]',
    appeal text,
    appealed_at timestamptz,
    closed_by int,
    closed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE UNIQUE INDEX misuse_cases_one_open ON misuse_cases (user_id, cause) WHERE closed_at IS NULL;
  CREATE INDEX misuse_cases_newest ON misuse_cases (created_at DESC, id);

  CREATE TABLE misuse_alerts (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id int NOT NULL REFERENCES users (id),
    task_id int,
    alert_type text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high', 'critical')),
    title text NOT NULL,
    description text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'reviewed', 'resolved', 'false_positive')),
    occurrences int NOT NULL DEFAULT 1,
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    metadata jsonb NOT NULL DEFAULT '{}',
    reviewed_by int,
    reviewed_at timestamptz,
    resolution_notes text,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE UNIQUE INDEX misuse_alerts_one_active ON misuse_alerts (user_id, alert_type) WHERE status = 'active';
  CREATE INDEX misuse_alerts_newest ON misuse_alerts (id DESC);
`;
