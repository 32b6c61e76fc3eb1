import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What becomes of an account's prompts and answers once they have been looked at. */
export class ContentChoices1700000000723 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE content_choices (
        user_id int PRIMARY KEY REFERENCES users (id),
        mode text NOT NULL CHECK (mode IN ('keep', 'redact', 'drop')),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      COMMENT ON TABLE content_choices IS 'Without a row it is the installation''s choice.';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE content_choices');
  }
}
