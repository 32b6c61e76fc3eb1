import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Resets by idempotency key: a run counts once as a whole, also one that found nobody to reset. */
export class ResetRuns1700000000755 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(RUNS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE quota_reset_runs');
  }
}

const RUNS = `
  CREATE TABLE quota_reset_runs (
    idempotency_key text PRIMARY KEY,
    period smallint NOT NULL CHECK (period IN (1, 2)),
    user_id int,
    author_user_id int,
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
  );
  COMMENT ON TABLE quota_reset_runs IS 'Resets that were asked for under an Idempotency-Key. Not finished: the next one goes on with it.';
  COMMENT ON COLUMN quota_reset_runs.user_id IS 'The account that was asked for; null for every account';
`;
