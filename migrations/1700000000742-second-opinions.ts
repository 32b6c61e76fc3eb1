import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a second classifier says of flagged prompts, beside the local verdict, and what a day of it may cost. */
export class SecondOpinions1700000000742 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE misuse_second_opinions (
        user_id int NOT NULL,
        request_id uuid NOT NULL,
        admitted_at timestamptz NOT NULL,
        outcome text CHECK (outcome IN ('confirms', 'clears', 'unsure')),
        failure text,
        moderation_score real,
        moderation_category text,
        intent text,
        injection text,
        confidence real,
        weight double precision,
        model_version text NOT NULL,
        cost_nano_usd bigint NOT NULL DEFAULT 0,
        given_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (user_id, request_id, admitted_at),
        CHECK ((outcome IS NULL) <> (failure IS NULL)),
        CHECK ((outcome IS NULL) = (weight IS NULL))
      );
      COMMENT ON COLUMN misuse_second_opinions.failure IS 'Why there is no opinion; the local verdict then stands alone.';
      COMMENT ON COLUMN misuse_second_opinions.weight IS 'What the prompt weighs with this opinion, in place of its local weight.';

      CREATE TABLE misuse_second_stage_days (
        day date PRIMARY KEY,
        calls int NOT NULL,
        nano_usd bigint NOT NULL
      );
      COMMENT ON TABLE misuse_second_stage_days IS 'Spent, or reserved by calls under way; by UTC day, for all processes.';

      CREATE INDEX misuse_assessments_flagged ON misuse_assessments (user_id, fingerprint, admitted_at) WHERE weight > 0;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP INDEX misuse_assessments_flagged;
      DROP TABLE misuse_second_stage_days, misuse_second_opinions;
    `);
  }
}
