import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import { Client } from 'pg';

/**
 * Moves what time it is in a database: for every statement of Gatehouse's that asks `now()` or `clock_timestamp()`. Our
 * functions of these names come before Postgres's own in the search path of every session that begins after `install`.
 * Time goes on from wherever it is set. Defaults of columns keep the real time; they decide nothing about periods.
 */
export class DatabaseTime {
  private constructor(private readonly client: Client) {}

  /** To be called before any server connects. */
  static async install(databaseUrl: string): Promise<DatabaseTime> {
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(INSTALL);
    return new DatabaseTime(client);
  }

  /** Sets the clock; an ISO time, or any that Postgres understands. */
  async set(time: string): Promise<void> {
    await this.client.query(
      'UPDATE time_shift SET by = make_interval(secs => extract(epoch FROM $1::timestamptz - pg_catalog.clock_timestamp()))',
      [time],
    );
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

/** For the environment of a server whose own clock is wrong. A time zone of its own does not matter either. */
export function skewedClock(skewMs: number, timeZone: string): Record<string, string> {
  const preload = pathToFileURL(resolve('test/support/skewed-clock.mjs')).href;
  return { NODE_OPTIONS: `--import ${preload}`, CLOCK_SKEW_MS: String(skewMs), TZ: timeZone };
}

const INSTALL = `
  CREATE TABLE time_shift (by interval NOT NULL);
  INSERT INTO time_shift VALUES ('0');
  CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    'SELECT pg_catalog.clock_timestamp() + by FROM public.time_shift';
  CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT pg_catalog.now() + by FROM public.time_shift';
  DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database());
  END $$;
`;
