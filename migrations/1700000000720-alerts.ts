import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Alerts of every kind as one list that people deal with, and the webhook that tells of them. */
export class Alerts1700000000720 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(OPERATOR_ALERTS);
    await db.query(RAISED_ALERTS);
    await db.query(DELIVERIES);
    await db.query(LIMIT_CHECKS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      DROP TRIGGER limits_noted ON ledger_seals;
      DROP FUNCTION gatehouse_note_limits();
      DROP TABLE limit_checks;
      DROP TABLE webhook_deliveries;
      DROP VIEW raised_alerts;
      ALTER TABLE operator_alerts DROP COLUMN user_id, DROP COLUMN title, DROP COLUMN description, DROP COLUMN status,
        DROP COLUMN raised_at, DROP COLUMN announced_at, DROP COLUMN reviewed_by, DROP COLUMN reviewed_at, DROP COLUMN resolution_notes;
      ALTER TABLE operator_alerts ALTER COLUMN id DROP DEFAULT, ALTER COLUMN id TYPE bigint;
      ALTER TABLE operator_alerts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
      SELECT setval(pg_get_serial_sequence('operator_alerts', 'id'), coalesce(max(id), 0) + 1, false) FROM operator_alerts;
    `);
  }
}

/* One sequence for both tables: an alert's id says which one it is, wherever it stands. */
const OPERATOR_ALERTS = `
  ALTER TABLE operator_alerts ALTER COLUMN id DROP IDENTITY;
  UPDATE operator_alerts SET id = -id;
  UPDATE operator_alerts a SET id = n.id
    FROM (SELECT id AS old_id, nextval('misuse_alerts_id_seq') AS id FROM operator_alerts ORDER BY first_at) n WHERE a.id = n.old_id;
  ALTER TABLE operator_alerts ALTER COLUMN id TYPE int, ALTER COLUMN id SET DEFAULT nextval('misuse_alerts_id_seq');
  ALTER TABLE operator_alerts
    ADD COLUMN user_id int,
    ADD COLUMN title text,
    ADD COLUMN description text NOT NULL DEFAULT '',
    ADD COLUMN status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'reviewed', 'resolved', 'false_positive')),
    ADD COLUMN raised_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN announced_at timestamptz,
    ADD COLUMN reviewed_by int,
    ADD COLUMN reviewed_at timestamptz,
    ADD COLUMN resolution_notes text;
  UPDATE operator_alerts SET raised_at = first_at, announced_at = first_at;
  CREATE INDEX operator_alerts_unannounced ON operator_alerts (id) WHERE announced_at IS NULL;
  COMMENT ON COLUMN operator_alerts.user_id IS 'The account that it is about; null when it is about the installation.';
  COMMENT ON COLUMN operator_alerts.raised_at IS 'When people were last told: at first, and when it happened again after it was dealt with.';
  COMMENT ON COLUMN operator_alerts.announced_at IS 'Null: written by a statement of the request path. A worker tells the webhook of it.';
`;

const RAISED_ALERTS = `
  CREATE VIEW raised_alerts AS
    SELECT id, 'misuse'::text AS source, user_id, task_id, alert_type, severity, title, description, status, occurrences,
           created_at, last_seen_at, reviewed_by, reviewed_at, resolution_notes, metadata
      FROM misuse_alerts
    UNION ALL
    SELECT id, 'operator', user_id, NULL, kind, severity, coalesce(title, replace(kind, '_', ' ')), description, status,
           occurrences, first_at, last_at, reviewed_by, reviewed_at, resolution_notes, detail
      FROM operator_alerts;
`;

const DELIVERIES = `
  CREATE TABLE webhook_deliveries (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    event text NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts int NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_status int,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz
  );
  CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE state = 'pending';
  CREATE INDEX webhook_deliveries_by_state ON webhook_deliveries (state, id);
  COMMENT ON TABLE webhook_deliveries IS 'Events on their way to the operator''s webhook, written with what they tell of.';
`;

/* Sealing follows every entry into the books, within a minute and off the request path: alerts follow sealing. */
const LIMIT_CHECKS = `
  CREATE TABLE limit_checks (user_id int PRIMARY KEY);
  COMMENT ON TABLE limit_checks IS 'Accounts whose limits are to be looked at, because something was entered into their books.';

  CREATE FUNCTION gatehouse_note_limits() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO limit_checks (user_id)
    SELECT DISTINCT u.id FROM entered e CROSS JOIN LATERAL unnest(e.user_ids, e.sources) AS u(id, source)
     WHERE u.id <> 0 AND u.source <> 'statement' ORDER BY 1
    ON CONFLICT DO NOTHING;
    RETURN NULL;
  END $$;
  CREATE TRIGGER limits_noted AFTER INSERT ON ledger_seals REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION gatehouse_note_limits();
`;
