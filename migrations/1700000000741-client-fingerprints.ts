import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Which client made a call, as a keyed hash that says nothing by itself. It is kept with the prompt, not in the ledger,
 * so that it goes when the prompt goes.
 */
export class ClientFingerprints1700000000741 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE request_contents ADD COLUMN client text;
      COMMENT ON COLUMN request_contents.client IS 'Keyed hash of the account, the network and the kind of program.';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE request_contents DROP COLUMN client');
  }
}
