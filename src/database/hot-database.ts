import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Pool } from 'pg';
import type { QueryResultRow } from 'pg';
import { unavailable } from '../common/errors/errors.js';
import { Config } from '../config/config.js';
import { isOutage } from './postgres-errors.js';
import { WaitingCalls } from './waiting-calls.js';

/** A statement that is prepared once a connection and then called by name. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** Below the client's own limit, so that Postgres has given up before we do and a lock is never held for nobody. */
const LOCK_TIMEOUT_MS = 900;
const STATEMENT_TIMEOUT_MS = 1_200;
const CLIENT_TIMEOUT_MS = 1_500;
const POOL_SIZE = 8;

/**
 * The connections of the request path: few prepared statements, short timeouts, never shared with slower work.
 * A budget that cannot be verified must be a 503 within two seconds, so nothing here waits longer than 1.5 s.
 */
@Injectable()
export class HotDatabase implements OnApplicationShutdown {
  /** Those of the request path, as far as they wait for this process's statements. */
  readonly waitingCalls = new WaitingCalls();
  private readonly logger = new Logger(HotDatabase.name);
  private readonly pool: Pool;

  constructor(@Inject(Config) config: Config) {
    this.pool = new Pool({
      connectionString: config.database.url,
      max: POOL_SIZE,
      connectionTimeoutMillis: CLIENT_TIMEOUT_MS,
      query_timeout: CLIENT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      lock_timeout: LOCK_TIMEOUT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      application_name: 'gatehouse-hot',
    });
    this.pool.on('error', (error) => this.logger.warn(`an idle database connection was lost: ${error.message}`));
  }

  /**
   * Runs one prepared statement.
   * @throws DomainError `unavailable` when Postgres cannot be asked in time; otherwise the driver's own error
   */
  async query<Row extends QueryResultRow>(statement: PreparedStatement, values: unknown[]): Promise<Row[]> {
    try {
      const result = await this.pool.query<Row>({ name: statement.name, text: statement.text, values });
      return result.rows;
    } catch (error) {
      if (!isOutage(error)) throw error;
      throw unavailable('The database cannot be reached right now. Please try again.', { cause: error });
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
