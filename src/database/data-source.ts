import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { migrations } from './migrations.js';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** Settings of the server's own connections. The schema changes by migrations only. */
export function dataSourceOptions(databaseUrl: string): PostgresOptions {
  return {
    ...schemaOptions(databaseUrl),
    poolSize: 10,
    extra: { connectionTimeoutMillis: 2_000, statement_timeout: 10_000, query_timeout: 12_000, keepAlive: true },
  };
}

/** A data source for migrations: a long one must not run into a timeout. */
export function createDataSource(databaseUrl: string): DataSource {
  return new DataSource(schemaOptions(databaseUrl));
}

function schemaOptions(databaseUrl: string): PostgresOptions {
  return {
    type: 'postgres',
    url: databaseUrl,
    synchronize: false,
    migrations,
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    applicationName: 'gatehouse',
    extra: { connectionTimeoutMillis: 5_000 },
  };
}
