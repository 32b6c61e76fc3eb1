import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often an address tried to log in, or an account from an address. Counted in place, so that rows stay where they are. */
export class AttemptCounters1700000000300 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE attempt_counters (
        key bytea PRIMARY KEY CHECK (length(key) = 32),
        ends_at timestamptz NOT NULL,
        attempts int NOT NULL
      ) WITH (fillfactor = 50);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE attempt_counters');
  }
}
