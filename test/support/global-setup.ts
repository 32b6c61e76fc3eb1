import './resolve-sources.cjs';
import { startRunPostgres } from './run-postgres.js';

/** Jest passes the environment on to its workers. */
export default async function globalSetup(): Promise<void> {
  process.env.TEST_DATABASE_URL = await startRunPostgres();
}
