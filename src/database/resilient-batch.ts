import { isLockTimeout, isOutage, isSerializationFailure } from './postgres-errors.js';
import { DomainError } from '../common/errors/domain-error.js';

const ATTEMPTS = 4;

/**
 * Runs a batch so that one bad item fails alone. Deadlocks are run again; any other failure of the statement, such as a
 * lock that one account waits for, is narrowed down by halves. An outage is passed on: halving would not help.
 * @returns one result or error for each item, in order
 */
export async function runResilientBatch<Item, Result>(
  items: Item[],
  run: (items: Item[]) => Promise<Result[]>,
): Promise<(Result | Error)[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(items);
    } catch (error) {
      if (isSerializationFailure(error) && attempt < ATTEMPTS) continue;
      const failure = error instanceof Error ? error : new Error(String(error));
      if (items.length === 1 || isUnanswered(failure)) return items.map(() => failure);
      const middle = items.length >> 1;
      return [
        ...(await runResilientBatch(items.slice(0, middle), run)),
        ...(await runResilientBatch(items.slice(middle), run)),
      ];
    }
  }
}

function isUnanswered(error: Error): boolean {
  if (isLockTimeout(error)) return false;
  return error instanceof DomainError || isOutage(error);
}
