import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, type QueryResultRow } from 'pg';
import { createDataSource } from '../../src/database/data-source.js';

const TEMPLATE = 'gatehouse_template';
const UNFINISHED_TEMPLATE = 'gatehouse_template_unfinished';
/** Any number, as long as every worker of the run uses the same. */
const TEMPLATE_LOCK = 7_310_442;

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined) throw new Error('TEST_DATABASE_URL is not set: the global setup did not run');
  return url;
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

/** A fresh, migrated database on the run's Postgres; resolves with its URL. */
export async function createDatabase(): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withClient(serverUrl(), async (client) => {
    await ensureTemplate(client);
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${TEMPLATE}`);
  });
  return withDatabase(serverUrl(), name);
}

/** An empty database without any table, for tests of the migrations. */
export async function createEmptyDatabase(): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await queryDatabase(serverUrl(), `CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0`);
  return withDatabase(serverUrl(), name);
}

/** Drops a database made here, whoever is still connected to it. */
export async function dropDatabase(url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  await queryDatabase(serverUrl(), `DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
}

/** Runs one statement on a connection of its own; resolves with the rows. */
export async function queryDatabase<Row extends QueryResultRow>(
  url: string,
  sql: string,
  parameters: unknown[] = [],
): Promise<Row[]> {
  return withClient(url, async (client) => (await client.query<Row>(sql, parameters)).rows);
}

/** The first worker migrates the template, the others wait for it. */
async function ensureTemplate(client: Client): Promise<void> {
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (found.rowCount === 0) await buildTemplate(client);
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

async function buildTemplate(client: Client): Promise<void> {
  await client.query(`DROP DATABASE IF EXISTS ${UNFINISHED_TEMPLATE} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${UNFINISHED_TEMPLATE}`);
  const dataSource = createDataSource(withDatabase(serverUrl(), UNFINISHED_TEMPLATE));
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
  await client.query(`ALTER DATABASE ${UNFINISHED_TEMPLATE} RENAME TO ${TEMPLATE}`);
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
