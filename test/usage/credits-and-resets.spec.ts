import { DataSource } from 'typeorm';
import { SYSTEM } from '../../src/common/actor.js';
import { DomainError } from '../../src/common/errors/domain-error.js';
import { createDataSource } from '../../src/database/data-source.js';
import { AuditService } from '../../src/modules/audit/audit.service.js';
import { CreditsService } from '../../src/modules/usage/credits/credits.service.js';
import { PeriodClosingService } from '../../src/modules/usage/periods/period-closing.service.js';
import { QuotaResetService } from '../../src/modules/usage/resets/quota-reset.service.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { operatorCommand } from '../support/ledger-command.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

jest.setTimeout(60_000);

const ADMIN = { ...SYSTEM, kind: 'admin', userId: 1 } as const;

let databaseUrl: string;
let books: Books;
let replica: Replica;
let dataSource: DataSource;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
  dataSource = await createDataSource(databaseUrl).initialize();
});

afterAll(async () => {
  await dataSource.destroy();
  await replica.close();
  await books.close();
  await dropDatabase(databaseUrl);
});

async function use(user: number, tokens: number): Promise<void> {
  const hold = await replica.admission.admit(request(user));
  await replica.settlement.settle(hold, ended(hold, 0, tokens));
}

describe('credits', () => {
  const topUp = (userId: number, tokens: number, idempotencyKey: string | null = null) =>
    new CreditsService(dataSource, new AuditService(dataSource)).credit({
      userId,
      kind: tokens < 0 ? 'correction' : 'top_up',
      tokens,
      reason: 'test',
      actor: ADMIN,
      idempotencyKey,
    });

  it('raise the balance once for each Idempotency-Key, however often and however parallel they are sent', async () => {
    const user = await books.account({ lifetime: 100 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => topUp(user, 50, 'same')));
    expect(new Set(answers.map((answer) => answer.entry.id)).size).toBe(1);
    await Promise.all(Array.from({ length: 10 }, () => topUp(user, 5)));
    const [account] = await books.query<{ lifetime_tokens: string }>(
      'SELECT lifetime_tokens FROM quota_accounts WHERE user_id = $1',
      [user],
    );
    expect(Number(account.lifetime_tokens)).toBe(100 + 50 + 10 * 5);
    const [entries] = await books.query<{ sum: string }>('SELECT sum(tokens) FROM balance_entries WHERE user_id = $1', [
      user,
    ]);
    expect(Number(entries.sum)).toBe(100 + 50 + 10 * 5);
    await expect(topUp(user, 51, 'same')).rejects.toMatchObject({ kind: 'unprocessable' });
  });

  it('never take more than was given, and say so where tokens are unlimited', async () => {
    const user = await books.account({ lifetime: 100 });
    await expect(topUp(user, -101)).rejects.toBeInstanceOf(DomainError);
    await expect(topUp(user, -60)).resolves.toMatchObject({ lifetime_tokens: 40 });
    await expect(topUp(await books.account(), 5)).rejects.toMatchObject({ details: { code: 'unlimited_balance' } });
    await expect(topUp(2_000_000_000, 5)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(topUp(user, 0)).rejects.toMatchObject({ kind: 'unprocessable', details: { param: 'tokens' } });
  });
});

describe('resets', () => {
  const reset = (userId: number | undefined, dryRun = false, idempotencyKey: string | null = null) =>
    new QuotaResetService(dataSource, new AuditService(dataSource)).reset({
      period: 'daily',
      userId,
      actor: SYSTEM,
      idempotencyKey,
      dryRun,
    });

  it('give a fresh day; what still runs is billed to the day that admitted it', async () => {
    const user = await books.account({ day: 250, lifetime: 10_000 });
    await use(user, 100);
    const running = await replica.admission.admit(request(user, { completionTokensWanted: 20 }));
    await expect(replica.admission.admit(request(user))).rejects.toBeInstanceOf(DomainError);

    expect(await reset(user, true)).toEqual({ period: 'daily', dry_run: true, user_ids: [user] });
    expect(await reset(user)).toMatchObject({ user_ids: [user] });
    const fresh = await replica.admission.admit(request(user));
    expect(fresh.quota.daily).toMatchObject({ limit: 250, spent: 0, held: 200 });
    await replica.settlement.settle(running, ended(running, 10, 10));
    await replica.settlement.settle(fresh, ended(fresh, 1, 1));
    const days = (await books.windows(user)).filter((window) => window.period === 'day');
    expect(days.map((day) => [day.spent, day.held]).sort()).toEqual([
      [120, 0],
      [2, 0],
    ]);
    expect((await books.windows(user)).find((window) => window.period === 'lifetime')?.spent).toBe(122);
  });

  it('happen once for each Idempotency-Key', async () => {
    const user = await books.account({ day: 1000 });
    await use(user, 10);
    expect((await reset(user, false, 'cron-1')).user_ids).toEqual([user]);
    await use(user, 10);
    expect((await reset(user, false, 'cron-1')).user_ids).toEqual([]);
    const results = await Promise.all(Array.from({ length: 5 }, () => reset(user, false, 'cron-2')));
    expect(results.flatMap((result) => result.user_ids)).toEqual([user]);
  });

  it('use up their Idempotency-Key although they reset nobody, but not by a dry run', async () => {
    const user = await books.account({ day: 1000 });
    expect((await reset(user, true, 'early')).user_ids).toEqual([]);
    expect((await reset(user, false, 'early')).user_ids).toEqual([]);
    await use(user, 10);
    expect((await reset(user, false, 'early')).user_ids).toEqual([]);
    expect((await reset(user, false, 'late')).user_ids).toEqual([user]);
  });

  it('go on under their Idempotency-Key when a run of it was cut off', async () => {
    const user = await books.account({ day: 1000 });
    await books.query(`INSERT INTO quota_reset_runs (idempotency_key, period, user_id) VALUES ('cut', 1, $1)`, [user]);
    await use(user, 10);
    expect((await reset(user, false, 'cut')).user_ids).toEqual([user]);
    await use(user, 10);
    expect((await reset(user, false, 'cut')).user_ids).toEqual([]);
  });

  it('are refused under the Idempotency-Key of another reset', async () => {
    const [user, other] = [await books.account({ day: 1000 }), await books.account({ day: 1000 })];
    await reset(user, false, 'mine');
    await use(other, 10);
    for (const asked of [other, undefined]) {
      await expect(reset(asked, false, 'mine')).rejects.toMatchObject({
        kind: 'unprocessable',
        details: { code: 'idempotency_key_reused' },
      });
    }
    expect((await reset(other, true)).user_ids).toEqual([other]);
  });

  it('of an account that does not exist name it', async () => {
    for (const dryRun of [true, false]) {
      await expect(reset(2_000_000_000, dryRun)).rejects.toMatchObject({
        kind: 'not_found',
        message: 'There is no account 2000000000',
      });
    }
    const command = ['reset', '--period', 'daily', '--user', '2000000000'];
    expect(await operatorCommand('quota', databaseUrl, ...command)).toEqual({
      code: 1,
      output: 'There is no account 2000000000\n',
    });
  });
});

describe('closing periods', () => {
  it('writes one statement for each period that is over, whoever tries, and waits for what is held', async () => {
    const user = await books.account();
    await use(user, 30);
    const running = await replica.admission.admit(request(user));
    // The same windows, a month ago.
    await books.query(
      `UPDATE quota_windows SET starts_at = starts_at - interval '40 days', ends_at = ends_at - interval '40 days'
        WHERE user_id = $1 AND period < 3`,
      [user],
    );
    const closings = () => Promise.all([1, 2, 3].map(() => new PeriodClosingService(dataSource).closeAll()));
    const statements = () => books.query('SELECT * FROM period_statements WHERE user_id = $1', [user]);
    await closings();
    expect(await statements()).toHaveLength(0);
    await replica.settlement.settle(running, ended(running, 1, 1));
    await closings();
    await closings();
    expect(await statements()).toMatchObject([
      { tokens: '32', requests: '2' },
      { tokens: '32', requests: '2' },
    ]);
  });
});
