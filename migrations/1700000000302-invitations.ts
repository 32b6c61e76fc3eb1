import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One-time invitations to open an account. The token itself is stored nowhere. */
export class Invitations1700000000302 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE invitations (
        id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        public_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
        hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
        email text,
        email_normalized text,
        created_by int NOT NULL REFERENCES users (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        accepted_at timestamptz,
        accepted_by int REFERENCES users (id),
        revoked_at timestamptz
      );
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE invitations');
  }
}
