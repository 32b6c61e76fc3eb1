import { createDatabase, dropDatabase } from '../support/databases.js';
import { until } from '../support/until.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

let databaseUrl: string;
let books: Books;
let replica: Replica;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl, { HOLD_LEASE_SECONDS: 2 });
});

afterAll(async () => {
  await replica.close();
  await books.close();
  await dropDatabase(databaseUrl);
});

describe('orphans', () => {
  it('are billed for prompt and checkpoint once dispatched, and for nothing when they never were', async () => {
    const user = await books.account({ day: 10_000 });
    const dispatched = await replica.admission.admit(request(user));
    const lease = replica.leases.start(dispatched, () => 42);
    lease.dispatched();
    await until('the checkpoint', async () => {
      const [hold] = await books.query<{ completion_tokens_seen: number }>('SELECT * FROM holds WHERE user_id = $1', [
        user,
      ]);
      return hold?.completion_tokens_seen === 42;
    });
    lease.stop();
    await replica.admission.admit(request(user));
    await books.expireHolds(user);
    expect(await replica.sweeper.sweep()).toBe(2);

    const rows = await books.query<{ prompt_tokens: number; completion_tokens: number }>(
      'SELECT prompt_tokens, completion_tokens, status, usage_source FROM ledger WHERE user_id = $1 ORDER BY total_tokens',
      [user],
    );
    expect(rows).toEqual([
      { prompt_tokens: 0, completion_tokens: 0, status: 'orphaned', usage_source: 'lease_expired' },
      { prompt_tokens: 25, completion_tokens: 42, status: 'orphaned', usage_source: 'lease_expired' },
    ]);
    for (const window of await books.windows(user)) expect(window).toMatchObject({ held: 0, spent: 67 });
    expect(await books.ledgerTotals(user)).toMatchObject({ tokens: 67, cost: 25 * 100 + 42 * 400 });
  });

  it('cost at most their hold, whatever was seen', async () => {
    const user = await books.account();
    const hold = await replica.admission.admit(request(user));
    const lease = replica.leases.start(hold, () => 5_000_000);
    lease.dispatched();
    await until('the checkpoint', async () => {
      const [row] = await books.query<{ seen: number }>(
        'SELECT completion_tokens_seen AS seen FROM holds WHERE user_id = $1',
        [user],
      );
      return row?.seen === 5_000_000;
    });
    lease.stop();
    await books.expireHolds(user);
    await replica.sweeper.sweep();
    expect(await books.ledgerTotals(user)).toEqual({ rows: 1, tokens: hold.tokensHeld, cost: hold.costHeldNanoUsd });
  });

  it('stop their owner when it comes back, and its real usage becomes a correction instead of a second row', async () => {
    const user = await books.account({ day: 10_000 });
    const hold = await replica.admission.admit(request(user));
    const lease = replica.leases.start(hold, () => 10);
    await books.expireHolds(user);
    await replica.sweeper.sweep();
    lease.dispatched();
    await until('the lease is lost', () => lease.lost.aborted);
    await replica.settlement.settle(hold, ended(hold, 30, 40));
    await replica.settlement.settle(hold, ended(hold, 30, 40));
    expect(await books.ledgerTotals(user)).toEqual({ rows: 1, tokens: 70, cost: 30 * 100 + 40 * 400 });
    for (const window of await books.windows(user)) expect(window).toMatchObject({ held: 0, spent: 70 });
  });

  it('are left alone while their lease is renewed', async () => {
    const user = await books.account();
    const hold = await replica.admission.admit(request(user));
    const lease = replica.leases.start(hold, () => 1);
    lease.dispatched();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(await replica.sweeper.sweep()).toBe(0);
    lease.stop();
    await replica.settlement.settle(hold, ended(hold, 1, 1));
    expect(await books.ledgerTotals(user)).toMatchObject({ rows: 1, tokens: 2 });
  });
});
