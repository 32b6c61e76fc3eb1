import { createDataSource } from '../../src/database/data-source.js';
import { UpheldBlocks1700000000780 } from '../../migrations/1700000000780-upheld-blocks.js';
import { migrations } from '../../src/database/migrations.js';
import { createEmptyDatabase, dropDatabase, queryDatabase } from '../support/databases.js';

jest.setTimeout(60_000);

/** Everything of ours in the schema, in words that can be compared. */
const SCHEMA = `
  SELECT 'column' AS kind, format('%s.%s %s %s', table_name, column_name, data_type, column_default) AS what
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'
  UNION ALL
  SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migrations'
  UNION ALL
  SELECT 'function', pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL
  SELECT 'type', typname::text FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typname NOT LIKE '%migrations'
  ORDER BY 1, 2`;

const APPEALS = `
  WITH person AS (
    INSERT INTO users (email, email_normalized, origin) VALUES ('a@b.test', 'a@b.test', 'self') RETURNING id
  ), made AS (
    INSERT INTO misuse_cases (user_id, cause, state, reason, appeal, appealed_at)
    SELECT id, cause, 'appealed', reason, 'Why?', now()
      FROM person, (VALUES ('manual', 'confirmed after the appeal'), ('behaviour', 'confirmed before the appeal')) c(cause, reason)
    RETURNING id, user_id, cause
  )
  INSERT INTO misuse_events (user_id, kind, happened_at, case_id)
  SELECT user_id, 'confirmed', now() + interval '1 hour' * CASE cause WHEN 'manual' THEN 1 ELSE -1 END, id FROM made`;

let databaseUrl: string;

beforeEach(async () => {
  databaseUrl = await createEmptyDatabase();
});

afterEach(() => dropDatabase(databaseUrl));

it('can be taken back to nothing, one by one, and made again as they were', async () => {
  const dataSource = await createDataSource(databaseUrl).initialize();
  try {
    await dataSource.runMigrations();
    const made = await queryDatabase(databaseUrl, SCHEMA);
    for (let left = migrations.length; left > 0; left -= 1) await dataSource.undoLastMigration();
    expect(await queryDatabase(databaseUrl, SCHEMA)).toEqual([]);
    await dataSource.runMigrations();
    expect(await queryDatabase(databaseUrl, SCHEMA)).toEqual(made);
  } finally {
    await dataSource.destroy();
  }
});

it('ends appeals that were confirmed before there was an end for them, and has them wait again when taken back', async () => {
  const dataSource = await createDataSource(databaseUrl).initialize();
  const states = () =>
    queryDatabase<{ state: string }>(databaseUrl, 'SELECT reason, state FROM misuse_cases ORDER BY reason');
  try {
    await dataSource.runMigrations();
    const later = migrations.length - migrations.indexOf(UpheldBlocks1700000000780);
    for (let left = later; left > 0; left -= 1) await dataSource.undoLastMigration();
    await queryDatabase(databaseUrl, APPEALS);
    await dataSource.runMigrations();
    expect(await states()).toEqual([
      { reason: 'confirmed after the appeal', state: 'upheld' },
      { reason: 'confirmed before the appeal', state: 'appealed' },
    ]);
    for (let left = later; left > 0; left -= 1) await dataSource.undoLastMigration();
    expect(new Set((await states()).map(({ state }) => state))).toEqual(new Set(['appealed']));
  } finally {
    await dataSource.destroy();
  }
});
