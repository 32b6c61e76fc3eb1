import './resolve-sources.cjs';
import { stopRunPostgres } from './run-postgres.js';

/** Runs in the process of the global setup and finds its state in the same module. */
export default async function globalTeardown(): Promise<void> {
  await stopRunPostgres();
}
