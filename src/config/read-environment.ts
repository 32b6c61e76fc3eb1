import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'dotenv';
import { ConfigurationError } from './configuration-error.js';
import { Environment } from './environment.js';

const DOTENV = '.env';

/** The variables as they are now: those of the process, and beside them those in `.env`. Validated. */
export function readEnvironment(): Environment {
  return parseEnvironment(variables());
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

/** One variable that an operator's own file refers to, as it is now; undefined when it is not set. */
export function environmentVariable(name: string): string | undefined {
  return variables()[name];
}

/**
 * The process's own variables win over those in the file. They are not mixed into `process.env`: what a later reading of
 * the file finds must count, also in a process that another one of ours started.
 */
export function variables(own: NodeJS.ProcessEnv = process.env, file = DOTENV): Record<string, string | undefined> {
  // Tests say what they want; a developer's own file must not change their outcome.
  if (own['NODE_ENV'] === 'test' || !existsSync(file)) return own;
  return { ...parse(readFileSync(file)), ...own };
}
