import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The latest refusal by each limit in each of its windows, so that one of a window's last seconds is not written over by the
 * first one of the next window before somebody has looked at it.
 */
export class RefusalsByWindow1700000000781 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE limit_refusals ADD COLUMN resets_at timestamptz NOT NULL DEFAULT 'infinity';
      ALTER TABLE limit_refusals DROP CONSTRAINT limit_refusals_pkey,
        ADD PRIMARY KEY (user_id, subject, subject_id, period, measure, resets_at);
      COMMENT ON TABLE limit_refusals IS 'The latest refusal by each limit in a window, written by a timer: never one row per refused call.';
      COMMENT ON COLUMN limit_refusals.resets_at IS 'When the window ended, as it was known then; infinity for life';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DELETE FROM limit_refusals r USING limit_refusals later
       WHERE (r.user_id, r.subject, r.subject_id, r.period, r.measure)
             = (later.user_id, later.subject, later.subject_id, later.period, later.measure)
         AND r.resets_at < later.resets_at;
      ALTER TABLE limit_refusals DROP CONSTRAINT limit_refusals_pkey, DROP COLUMN resets_at,
        ADD PRIMARY KEY (user_id, subject, subject_id, period, measure);
      COMMENT ON TABLE limit_refusals IS 'The latest refusal by each limit, written by a timer: never one row per refused call.';
    `);
  }
}
