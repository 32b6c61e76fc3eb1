import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An end for an appeal whose block stands, with what the account is told. */
export class UpheldBlocks1700000000780 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE misuse_cases DROP CONSTRAINT misuse_cases_state_check;
      ALTER TABLE misuse_cases
        ADD COLUMN upheld_at timestamptz,
        ADD COLUMN upheld_by int,
        ADD COLUMN answer text,
        ADD CONSTRAINT misuse_cases_state_check
          CHECK (state IN ('open', 'appealed', 'upheld', 'unblocked', 'dismissed', 'lifted'));
      COMMENT ON COLUMN misuse_cases.upheld_at IS 'When a person decided on the appeal that the block stands. The case is not closed by it.';
      COMMENT ON COLUMN misuse_cases.answer IS 'What that person had to say to the account.';

      UPDATE misuse_cases c SET state = 'upheld', upheld_at = e.happened_at, upheld_by = e.actor_id
        FROM misuse_events e
       WHERE c.state = 'appealed' AND e.user_id = c.user_id AND e.case_id = c.id AND e.kind = 'confirmed'
         AND e.happened_at >= c.appealed_at;
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE misuse_cases DROP CONSTRAINT misuse_cases_state_check;
      UPDATE misuse_cases SET state = 'appealed' WHERE state = 'upheld';
      ALTER TABLE misuse_cases
        DROP COLUMN upheld_at, DROP COLUMN upheld_by, DROP COLUMN answer,
        ADD CONSTRAINT misuse_cases_state_check CHECK (state IN ('open', 'appealed', 'unblocked', 'dismissed', 'lifted'));
    `);
  }
}
