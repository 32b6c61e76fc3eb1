import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who did what to whom. Without foreign keys: entries outlive what they tell of. */
export class AuditLog1700000000310 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE audit_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'admin', 'system', 'anonymous')),
        actor_user_id int,
        action text NOT NULL,
        target_kind text NOT NULL,
        target_id text NOT NULL,
        target_user_id int,
        address text,
        request_id text,
        details jsonb NOT NULL DEFAULT '{}'
      );
      CREATE INDEX audit_log_by_target ON audit_log (target_user_id, id);
      CREATE INDEX audit_log_by_target_id ON audit_log (target_id, id);
      CREATE INDEX audit_log_by_actor ON audit_log (actor_user_id, id);
      CREATE INDEX audit_log_by_action ON audit_log (action, id);
      CREATE INDEX audit_log_by_time ON audit_log (at);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE audit_log');
  }
}
