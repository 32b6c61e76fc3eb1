import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts that were erased of late are looked for every few seconds. */
export class ErasedAccounts1700000000312 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('CREATE INDEX users_erased ON users (deleted_at) WHERE deleted_at IS NOT NULL');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP INDEX users_erased');
  }
}
