import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The bounds of a day among request ids: a search by account and day is a range of the ledger's primary key. */
export class LedgerSearch1700000000522 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE FUNCTION gatehouse_first_request_id(p_time timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $$
        SELECT (lpad(to_hex((extract(epoch FROM p_time) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
      $$;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP FUNCTION gatehouse_first_request_id(timestamptz)');
  }
}
