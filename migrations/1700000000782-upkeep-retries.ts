import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Upkeep that could not be done is tried again sooner than it would come round by itself. */
export class UpkeepRetries1700000000782 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE upkeep_runs ADD COLUMN failures int NOT NULL DEFAULT 0, ADD COLUMN retry_at timestamptz;
      COMMENT ON COLUMN upkeep_runs.failures IS 'Runs in a row that could not do all of the work.';
      COMMENT ON COLUMN upkeep_runs.retry_at IS 'When it is due again after such a run; null while somebody is at it, and after one that did.';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE upkeep_runs DROP COLUMN failures, DROP COLUMN retry_at');
  }
}
