import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an operator must look at: one row for each thing, however often it happens. */
export class OperatorAlerts1700000000710 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(ALERTS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE operator_alerts');
  }
}

const ALERTS = `
  CREATE TABLE operator_alerts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    dedup_key text NOT NULL UNIQUE,
    severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    detail jsonb NOT NULL DEFAULT '{}',
    occurrences int NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX operator_alerts_by_time ON operator_alerts (last_at DESC, id DESC);
  COMMENT ON COLUMN operator_alerts.detail IS 'Numbers and names of the latest occurrence; never content, keys or upstream text.';
`;
