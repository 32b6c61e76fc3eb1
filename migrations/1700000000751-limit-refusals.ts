import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limits that refused a call because they are spent, until somebody has looked whether people have to be told. */
export class LimitRefusals1700000000751 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(REFUSALS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE limit_refusals');
  }
}

const REFUSALS = `
  CREATE TABLE limit_refusals (
    user_id int NOT NULL,
    subject smallint NOT NULL,
    subject_id int NOT NULL,
    period smallint NOT NULL,
    measure text NOT NULL CHECK (measure IN ('tokens', 'cost')),
    most bigint NOT NULL,
    used bigint NOT NULL,
    refused_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, subject, subject_id, period, measure)
  );
  COMMENT ON TABLE limit_refusals IS 'The latest refusal by each limit, written by a timer: never one row per refused call.';
  COMMENT ON COLUMN limit_refusals.most IS 'The limit as it was then: tokens or nano-dollars';
`;
