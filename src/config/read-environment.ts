import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { config as readDotenv } from 'dotenv';
import { ConfigurationError } from './configuration-error.js';
import { Environment } from './environment.js';

/** Reads `.env` (the process's own environment wins) and validates every name once. */
export function readEnvironment(): Environment {
  // Tests say what they want; a developer's own file must not change their outcome.
  if (process.env['NODE_ENV'] !== 'test') readDotenv({ quiet: true });
  return parseEnvironment(process.env);
}

/** True when npm started this process: it then ends with npm, even if npm is killed. */
export function startedByNpm(): boolean {
  return process.env['npm_lifecycle_event'] !== undefined;
}

/**
 * Turns raw variables into an {@link Environment}. An empty variable counts as unset.
 * @throws ConfigurationError in one line that names the first variable at fault and its rule
 */
export function parseEnvironment(raw: Record<string, string | undefined>): Environment {
  const given = Object.fromEntries(
    Object.entries(raw).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const environment = plainToInstance(Environment, given, { exposeDefaultValues: true });
  // Whitelisting drops the many variables of the machine that are not ours.
  const [fault] = validateSync(environment, { whitelist: true });
  if (fault === undefined) return environment;
  const rule = Object.values(fault.constraints ?? {})[0] ?? `${fault.property} is not valid`;
  throw new ConfigurationError(rule);
}

/** Where embedded servers are looked for and may keep their data. */
export function searchPaths(): { searchPath: string | undefined; xdgDataHome: string | undefined } {
  return { searchPath: process.env['PATH'], xdgDataHome: process.env['XDG_DATA_HOME'] };
}

/** One variable that an operator's own file refers to; undefined when it is not set. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name];
}
