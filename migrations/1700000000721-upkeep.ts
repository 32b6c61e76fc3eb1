import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Work that comes round again, and when somebody last did it; and contents that go before their calls do. */
export class Upkeep1700000000721 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(RUNS);
    await db.query(DROP_CONTENTS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP FUNCTION gatehouse_drop_contents(timestamptz);
      DROP TABLE upkeep_runs;
    `);
  }
}

const RUNS = `
  CREATE TABLE upkeep_runs (name text PRIMARY KEY, last_run_at timestamptz NOT NULL DEFAULT '-infinity');
  COMMENT ON TABLE upkeep_runs IS 'Whoever moves last_run_at on does the work. However many replicas try, one of them can.';
  INSERT INTO upkeep_runs (name) VALUES ('close_periods'), ('retention');
`;

/*
 * Prompts and answers of whole months go, with their partitions; the calls stay. As everything behind a waiting lock waits
 * as well, it gives up quickly: the next run tries again. A call that still waits for its analysis keeps its month.
 */
const DROP_CONTENTS = `
  CREATE FUNCTION gatehouse_drop_contents(p_before timestamptz) RETURNS int LANGUAGE plpgsql SET lock_timeout = '300ms' AS $$
  DECLARE
    v_partition regclass;
    v_dropped int := 0;
  BEGIN
    IF p_before <> date_trunc('month', p_before, 'UTC') OR p_before > date_trunc('month', now(), 'UTC') THEN
      RAISE EXCEPTION 'contents go by whole months that are over' USING ERRCODE = 'GH001';
    ELSIF EXISTS (SELECT 1 FROM outbox WHERE admitted_at < p_before) THEN
      RETURN 0;
    END IF;
    FOR v_partition IN
      SELECT i.inhrelid::regclass FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = 'request_contents'::regclass AND c.relname ~ '_\\d{4}_\\d{2}$'
         AND to_date(right(c.relname, 7), 'YYYY_MM') < (p_before AT TIME ZONE 'UTC')::date
    LOOP
      EXECUTE format('DROP TABLE %s', v_partition);
      v_dropped := v_dropped + 1;
    END LOOP;
    DELETE FROM request_contents_default WHERE admitted_at < p_before;
    RETURN v_dropped;
  END $$;
`;
