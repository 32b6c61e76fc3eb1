import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sessions: a login begins a family of refresh tokens, each of which can be used once. */
export class RefreshTokens1700000000200 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE refresh_tokens (
        user_id int NOT NULL REFERENCES users (id),
        id bigint GENERATED ALWAYS AS IDENTITY,
        family_id uuid NOT NULL,
        hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
        session_epoch int NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        revoked_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, id)
      );
      CREATE INDEX refresh_tokens_family ON refresh_tokens (user_id, family_id);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE refresh_tokens');
  }
}
