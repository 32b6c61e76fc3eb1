import { v7 as uuidv7 } from 'uuid';
import { ended, request, type Books, type Replica } from './usage-books.js';

const DAY_MS = 86_400_000;

/** The start of this month (0) or of an earlier one, UTC. */
export function month(ago: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1));
}

/** The id of a call that came on the third of an earlier month. */
export const requestIdOf = (monthsAgo: number): string => uuidv7({ msecs: month(monthsAgo).getTime() + 2 * DAY_MS });

/** The partition of an earlier month, as it was made when that month was to come. Resolves with its name. */
export async function makePartition(
  books: Books,
  table: 'ledger' | 'request_contents',
  monthsAgo: number,
): Promise<string> {
  const name = `${table}_${month(monthsAgo).toISOString().slice(0, 7).replace('-', '_')}`;
  const range = `FROM ('${month(monthsAgo).toISOString()}') TO ('${month(monthsAgo - 1).toISOString()}')`;
  await books.query(`CREATE TABLE ${name} PARTITION OF ${table} FOR VALUES ${range}`);
  return name;
}

/**
 * A call of now (0) or of the third of an earlier month, settled, and analysed at once; it is billed to the windows of now all
 * the same. Of an orphan the usage came late. Resolves with its request id.
 */
export async function pastCall(
  { books, replica }: { books: Books; replica: Replica },
  user: number,
  monthsAgo: number,
  isOrphan = false,
): Promise<string> {
  const requestId = monthsAgo === 0 ? uuidv7() : requestIdOf(monthsAgo);
  const hold = await replica.admission.admit(request(user, { requestId }));
  if (isOrphan) {
    await books.expireHolds(user);
    await replica.sweeper.sweep();
  }
  await replica.settlement.settle(hold, ended(hold, 10, 20));
  await books.query('DELETE FROM outbox WHERE request_id = $1', [requestId]);
  return requestId;
}
