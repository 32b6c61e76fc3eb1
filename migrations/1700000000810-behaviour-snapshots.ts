import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An account's earlier states are most of what is stored of it, and change every ten minutes at most; its state changes
 * with every call. So they lie apart, where an update leaves them alone, and their age can be told without reading them.
 * Outbox rows are changed once, when they are claimed: with room on the page no index has to learn of it.
 */
export class BehaviourSnapshots1700000000810 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE misuse_states ADD COLUMN snapshot_at double precision,
        ALTER COLUMN snapshots SET STORAGE EXTERNAL, ALTER COLUMN state SET STORAGE MAIN;
      UPDATE misuse_states SET snapshot_at = (snapshots -> 0 -> 'cursor' ->> 'at')::double precision
       WHERE snapshots <> '[]';
      COMMENT ON COLUMN misuse_states.snapshot_at IS 'Time of the newest of the snapshots, in milliseconds since 1970.';
      ALTER TABLE outbox SET (fillfactor = 50);
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      ALTER TABLE outbox RESET (fillfactor);
      ALTER TABLE misuse_states DROP COLUMN snapshot_at,
        ALTER COLUMN snapshots SET STORAGE EXTENDED, ALTER COLUMN state SET STORAGE EXTENDED;
    `);
  }
}
