import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whether the token of an invitation went out by mail only: whoever has it then reads that mail. */
export class MailedInvitations1700000000313 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE invitations ADD COLUMN by_mail boolean NOT NULL DEFAULT false');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('ALTER TABLE invitations DROP COLUMN by_mail');
  }
}
