import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which account a Google identity stands for, and whether the account's own address was ever verified. */
export class GoogleAccounts1700000000301 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE users
        ADD COLUMN google_sub text UNIQUE CHECK (length(google_sub) BETWEEN 1 AND 255),
        ADD COLUMN email_verified_at timestamptz;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE users DROP COLUMN email_verified_at, DROP COLUMN google_sub');
  }
}
