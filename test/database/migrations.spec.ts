import { createDataSource } from '../../src/database/data-source.js';
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
