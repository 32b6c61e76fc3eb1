import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The latest refusal by each limit in each of its windows, so that one of a window's last seconds is not written over by the
 * first one of the next window before somebody has looked at it. A table of its own: processes of the version before go on
 * with `limit_refusals`, which nobody else reads any more.
 */
export class RefusalsByWindow1700000000781 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      CREATE TABLE window_refusals (
        user_id int NOT NULL,
        subject smallint NOT NULL,
        subject_id int NOT NULL,
        period smallint NOT NULL,
        measure text NOT NULL CHECK (measure IN ('tokens', 'cost')),
        resets_at timestamptz NOT NULL,
        most bigint NOT NULL,
        used bigint NOT NULL,
        refused_at timestamptz NOT NULL,
        PRIMARY KEY (user_id, subject, subject_id, period, measure, resets_at)
      );
      COMMENT ON TABLE window_refusals IS 'The latest refusal by each limit in a window, written by a timer: never one row per refused call.';
      COMMENT ON COLUMN window_refusals.most IS 'The limit as it was then: tokens or nano-dollars';
      COMMENT ON COLUMN window_refusals.resets_at IS 'When the window ended, as it was known then; infinity for life';
      INSERT INTO window_refusals (user_id, subject, subject_id, period, measure, resets_at, most, used, refused_at)
      SELECT user_id, subject, subject_id, period, measure, 'infinity', most, used, refused_at FROM limit_refusals;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`DROP TABLE window_refusals`);
  }
}
