import { DomainError } from '../../src/common/errors/domain-error.js';
import type { Hold } from '../../src/modules/usage/admission/admission.types.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

let databaseUrl: string;
let books: Books;
let replicas: Replica[];

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replicas = [new Replica(databaseUrl), new Replica(databaseUrl)];
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await books.close();
  await dropDatabase(databaseUrl);
});

/** Admits on both replicas in turn, all at once; resolves with the holds and the refusals' codes. */
async function admitAll(users: number[], change: Parameters<typeof request>[1] = {}) {
  const outcomes = await Promise.all(
    users.map((user, index) =>
      replicas[index % 2].admission.admit(request(user, change)).catch((error: unknown) => error as DomainError),
    ),
  );
  const holds = outcomes.filter((outcome): outcome is Hold => !(outcome instanceof DomainError));
  const refusals = outcomes.filter((outcome) => outcome instanceof DomainError);
  return { holds, refusals };
}

async function settleAll(holds: Hold[], prompt: number, completion: number): Promise<void> {
  await Promise.all(holds.map((hold) => replicas[0].settlement.settle(hold, ended(hold, prompt, completion))));
}

describe('limits of a key', () => {
  it('hold beside those of the account, over two replicas, and leave other keys alone', async () => {
    const user = await books.account({ day: 100_000 });
    const limited = await books.key(user, { lifetime: 1000 });
    const free = await books.key(user);
    const { holds, refusals } = await admitAll(Array<number>(20).fill(user), { apiKeyId: limited });
    expect(holds).toHaveLength(5);
    expect(refusals.every((refusal) => refusal.kind === 'rate_limited')).toBe(true);
    expect((await admitAll([user], { apiKeyId: free })).holds).toHaveLength(1);

    await settleAll(holds, 100, 100);
    const [spent] = (await admitAll([user], { apiKeyId: limited })).refusals;
    expect(spent).toMatchObject({
      kind: 'quota_exceeded',
      message: expect.stringContaining('Lifetime token limit of your API key') as string,
      details: { facts: { limit: 1000, used: 1000 } },
    });
  });
});

describe('requests a minute of a key', () => {
  const DEFAULT = 2;
  let replica: Replica;

  beforeAll(() => {
    replica = new Replica(databaseUrl, { RATE_LIMIT_PER_MINUTE: DEFAULT });
  });
  afterAll(() => replica.close());

  async function admitted(user: number, apiKeyId: number | null, attempts: number): Promise<number> {
    let count = 0;
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const outcome = await replica.admission
        .admit(request(user, { apiKeyId }))
        .catch((error: unknown) => error as DomainError);
      if (outcome instanceof DomainError) expect(outcome.kind).toBe('rate_limited');
      else count += 1;
    }
    return count;
  }

  it.each([
    [undefined, undefined, DEFAULT],
    [5, undefined, 5],
    [undefined, 5, 5],
    [1, undefined, 1],
    [undefined, 1, 1],
    [6, 4, 4],
    [4, 6, 4],
  ])('are the lower one of its own (%s) and the given ones (%s), or else the default', async (own, given, expected) => {
    const user = await books.account();
    const key = await books.key(user, { minuteRequests: own });
    if (given !== undefined) {
      await books.query(
        'INSERT INTO quota_limits (user_id, subject, subject_id, requests_per_minute) VALUES ($1, 2, $2, $3)',
        [user, key, given],
      );
    }
    expect(await admitted(user, key, expected + 2)).toBe(expected);
  });

  it('stand beside those of the account, which count every call and replace the default of calls without a key', async () => {
    const user = await books.account();
    expect(await admitted(user, null, 4)).toBe(DEFAULT);
    const other = await books.account();
    await books.query('UPDATE quota_accounts SET requests_per_minute = 5 WHERE user_id = $1', [other]);
    const [one, two] = [await books.key(other), await books.key(other, { minuteRequests: 100 })];
    expect(await admitted(other, one, 3)).toBe(DEFAULT);
    expect(await admitted(other, two, 2)).toBe(2);
    expect(await admitted(other, null, 3)).toBe(1);
    expect(await admitted(other, two, 1)).toBe(0);
  });
});

describe('limits of a task', () => {
  it('count the calls that name the task, whichever key made them', async () => {
    const user = await books.account();
    await books.limit(user, 3, 7, { day: 400 });
    const [one, other] = [await books.key(user), await books.key(user)];
    expect((await admitAll([user], { apiKeyId: one, taskId: 7 })).holds).toHaveLength(1);
    expect((await admitAll([user], { apiKeyId: other, taskId: 7 })).holds).toHaveLength(1);
    expect((await admitAll([user], { apiKeyId: other, taskId: 7 })).refusals).toHaveLength(1);
    expect((await admitAll([user], { apiKeyId: other, taskId: 8 })).holds).toHaveLength(1);
  });
});

describe('the protection of the installation', () => {
  afterEach(() => books.query('UPDATE installation SET cost_per_day_nano_usd = NULL, frozen = false'));

  it('caps the cost of a day over all accounts and replicas, and its window empties again', async () => {
    const users = await Promise.all(Array.from({ length: 12 }, () => books.account()));
    // A call holds 50,000 nano-dollars.
    await books.query('UPDATE installation SET cost_per_day_nano_usd = 200000');
    const { holds, refusals } = await admitAll(users);
    expect(holds).toHaveLength(4);
    expect(refusals).toHaveLength(8);
    await settleAll(holds, 10, 10);
    const [window] = await books.query<{ held: string; spent: string }>(
      'SELECT held_nano_usd AS held, spent_nano_usd AS spent FROM quota_windows WHERE user_id = 0 AND period = 1',
    );
    expect(window).toEqual({ held: '0', spent: String(4 * (10 * 100 + 10 * 400)) });
  });

  it('freezes every call at once, and thaws', async () => {
    const user = await books.account();
    await books.query('UPDATE installation SET frozen = true');
    const [refusal] = (await admitAll([user])).refusals;
    expect(refusal).toMatchObject({ kind: 'unavailable', details: { code: 'frozen' } });
    await books.query('UPDATE installation SET frozen = false');
    expect((await admitAll([user])).holds).toHaveLength(1);
  });
});

describe('an account', () => {
  it('has at most so many requests in flight', async () => {
    const user = await books.account();
    await books.query('UPDATE quota_accounts SET concurrent_requests = 3 WHERE user_id = $1', [user]);
    const { holds, refusals } = await admitAll(Array<number>(10).fill(user));
    expect(holds).toHaveLength(3);
    expect(refusals[0]).toMatchObject({ details: { code: 'concurrent_requests_exceeded', retryAfterSeconds: 1 } });
    await settleAll(holds, 1, 1);
    expect((await admitAll([user])).holds).toHaveLength(1);
  });

  it('that is throttled is slowed down with every key', async () => {
    const user = await books.account();
    const keys = [await books.key(user, { minuteRequests: 1000 }), await books.key(user, { minuteRequests: 1000 })];
    await books.query('UPDATE quota_accounts SET throttled_per_minute = 2 WHERE user_id = $1', [user]);
    expect((await admitAll([user], { apiKeyId: keys[0] })).holds).toHaveLength(1);
    expect((await admitAll([user], { apiKeyId: keys[1] })).holds).toHaveLength(1);
    expect((await admitAll([user], { apiKeyId: keys[1] })).refusals).toHaveLength(1);
  });

  it('may use only the models that it is allowed', async () => {
    const user = await books.account();
    await books.query(`UPDATE quota_accounts SET allowed_models = '{gpt-4o-mini}' WHERE user_id = $1`, [user]);
    expect((await admitAll([user])).holds).toHaveLength(1);
    const [refusal] = (await admitAll([user], { model: 'gpt-5' })).refusals;
    expect(refusal).toMatchObject({ kind: 'forbidden', details: { code: 'model_not_allowed', param: 'model' } });
  });
});
