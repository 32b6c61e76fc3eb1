import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { SYSTEM } from '../../src/common/actor.js';
import { createDataSource } from '../../src/database/data-source.js';
import { AuditService } from '../../src/modules/audit/audit.service.js';
import type { AdmissionRequest, Hold } from '../../src/modules/usage/admission/admission.types.js';
import { InstallationService } from '../../src/modules/usage/limits/installation.service.js';
import { SubjectLimitsService } from '../../src/modules/usage/limits/subject-limits.service.js';
import type { SubjectLimits } from '../../src/modules/usage/limits/subject-limits.js';
import { QuotaResetService } from '../../src/modules/usage/resets/quota-reset.service.js';
import { LedgerVerifier } from '../../src/modules/usage/verification/ledger-verifier.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { Books, ended, PRICE, Replica, request } from '../support/usage-books.js';

jest.setTimeout(120_000);

const CASES = Number(process.env['PROPERTY_CASES'] ?? 25);

let databaseUrl: string;
let books: Books;
let replicas: Replica[];
let dataSource: DataSource;
let limits: SubjectLimitsService;
let installation: InstallationService;
let resets: QuotaResetService;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replicas = [new Replica(databaseUrl), new Replica(databaseUrl)];
  dataSource = await createDataSource(databaseUrl).initialize();
  const audit = new AuditService(dataSource);
  limits = new SubjectLimitsService(dataSource, audit);
  installation = new InstallationService(dataSource, audit);
  resets = new QuotaResetService(dataSource, audit);
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await dataSource.destroy();
  await books.close();
  await dropDatabase(databaseUrl);
});

function admit(user: number, change: Partial<AdmissionRequest> = {}): Promise<Hold> {
  return replicas[0].admission.admit(request(user, change));
}

/** A call of 10 prompt and 20 completion tokens, or as told: 9,000 nano-dollars. */
async function call(user: number, change: Partial<AdmissionRequest> = {}, prompt = 10, completion = 20): Promise<void> {
  await settle(await admit(user, change), prompt, completion);
}

async function settle(hold: Hold, prompt: number, completion: number): Promise<void> {
  await replicas[1].settlement.settle(hold, ended(hold, prompt, completion));
}

function limit(userId: number, subject: 'key' | 'task', subjectId: number, changes: Partial<SubjectLimits>) {
  const target =
    subject === 'key' ? { kind: 'api_key' as const, id: String(subjectId), userId } : taskTarget(subjectId);
  return limits.change({ userId, subject, subjectId, target }, changes, SYSTEM);
}

function taskTarget(taskId: number) {
  return { kind: 'task' as const, id: String(taskId), userId: null };
}

/** Requests, tokens and nano-dollars of the windows of a subject, by period; what is held of them in the end. */
async function windows(userId: number, subject: number, subjectId: number) {
  return books.query(
    `SELECT (ARRAY['day', 'month', 'lifetime'])[period] AS period, requests::int, spent_tokens::int AS tokens,
            spent_nano_usd::int AS cost, held_tokens::int AS held
       FROM quota_windows WHERE (user_id, subject, subject_id) = ($1, $2, $3)
        AND generation = (SELECT max(generation) FROM quota_windows w WHERE (w.user_id, w.subject, w.subject_id, w.period)
                             = ($1, $2, $3, quota_windows.period))
      ORDER BY quota_windows.period`,
    [userId, subject, subjectId],
  );
}

function everyPeriod(used: { requests: number; tokens: number; cost: number; held?: number }) {
  return ['day', 'month', 'lifetime'].map((period) => ({ held: 0, ...used, period }));
}

async function findings(): Promise<string[]> {
  const { discrepancies } = await new LedgerVerifier(dataSource).verify();
  return discrepancies.map(({ message }) => message);
}

/** Corrects every call of some accounts to prices this many times the right ones, in one statement. */
async function reprice(users: number[], times: number): Promise<void> {
  const calls = await books.query<{ user: number; id: string }>(
    'SELECT user_id AS "user", request_id AS id FROM ledger WHERE user_id = ANY ($1)',
    [users],
  );
  await books.query('SELECT * FROM gatehouse_reprice($1, $2, $3, $4::numeric, $5::numeric, $6::numeric)', [
    calls.map(({ user }) => user),
    calls.map(({ id }) => id),
    `times ${times}`,
    PRICE.inputNanoUsdPerToken * times,
    PRICE.cachedInputNanoUsdPerToken * times,
    PRICE.outputNanoUsdPerToken * times,
  ]);
}

/** A call whose worker was gone: swept, and its usage is told when somebody asks for it. */
async function orphan(user: number, change: Partial<AdmissionRequest>): Promise<() => Promise<void>> {
  const hold = await admit(user, change);
  await books.expireHolds(user);
  await replicas[0].sweeper.sweep();
  return () => settle(hold, 10, 20);
}

const SPENT = { kind: 'quota_exceeded' };

describe('a limit of a key that comes in the middle of a period', () => {
  it('knows what the key used before, and what it used while the limit was away', async () => {
    const user = await books.account();
    const [key, other] = [await books.key(user), await books.key(user)];
    await call(user, { apiKeyId: key });
    await call(user, { apiKeyId: other });
    await call(user);
    await limit(user, 'key', key, { tokensPerDay: 10 });
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 1, tokens: 30, cost: 9_000 }));
    await expect(admit(user, { apiKeyId: key })).rejects.toMatchObject(SPENT);

    await limit(user, 'key', key, { tokensPerDay: null });
    await call(user, { apiKeyId: key });
    await call(user, { apiKeyId: key });
    await limit(user, 'key', key, { lifetimeTokens: 1_000 });
    await call(user, { apiKeyId: key });
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 120, cost: 36_000 }));

    // Changing a limit that is there changes nothing else.
    await limit(user, 'key', key, { lifetimeTokens: 120, tokensPerMonth: 5_000 });
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 120, cost: 36_000 }));
    await expect(admit(user, { apiKeyId: key })).rejects.toMatchObject(SPENT);
    expect(await findings()).toEqual([]);
  });

  it('counts corrections, and calls that run while it comes, however they end', async () => {
    const user = await books.account();
    const key = await books.key(user);
    const late = await admit(user, { apiKeyId: key });
    await books.expireHolds(user);
    await replicas[0].sweeper.sweep();
    await settle(late, 10, 20);
    const settled = await admit(user, { apiKeyId: key });
    const voided = await admit(user, { apiKeyId: key });
    const orphan = await admit(user, { apiKeyId: key });
    const foreign = await admit(user);
    await limit(user, 'key', key, { costPerDayNanoUsd: 1_000_000 });
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 30, cost: 9_000, held: 600 }));

    await settle(settled, 5, 5);
    await settle(foreign, 5, 5);
    await books.query('SELECT gatehouse_void($1, $2)', [[user], [voided.request.requestId]]);
    await books.expireHolds(user);
    await replicas[0].sweeper.sweep();
    await settle(orphan, 7, 7);
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 3, tokens: 54, cost: 9_000 + 2_500 + 3_500 }));
    expect(await findings()).toEqual([]);
  });

  it('is told of corrections that come after it, of calls from before and from after alike, each once', async () => {
    const user = await books.account();
    const key = await books.key(user);
    await call(user, { apiKeyId: key });
    const tellUsage = await orphan(user, { apiKeyId: key });
    await limit(user, 'key', key, { costPerDayNanoUsd: 1_000_000 });
    await call(user, { apiKeyId: key });
    await call(user);
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 3, tokens: 60, cost: 18_000 }));
    await tellUsage();
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 3, tokens: 90, cost: 27_000 }));
    await reprice([user], 2);
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 3, tokens: 90, cost: 54_000 }));
    await reprice([user], 2);
    expect(await findings()).toEqual([]);

    // What is corrected while the limit is away is known when it comes back, as the calls of that time are.
    await limit(user, 'key', key, { costPerDayNanoUsd: null });
    await call(user, { apiKeyId: key });
    await reprice([user], 3);
    expect(await findings()).toEqual([]);
    await limit(user, 'key', key, { costPerDayNanoUsd: 1_000_000 });
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 120, cost: 108_000 }));
    await reprice([user], 1);
    expect(await windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 120, cost: 36_000 }));
    expect(await findings()).toEqual([]);
  });

  it('is told of no correction of a day that was over by an early reset', async () => {
    const user = await books.account();
    const key = await books.key(user);
    await call(user, { apiKeyId: key });
    await resets.reset({ actor: SYSTEM, idempotencyKey: null, dryRun: false, period: 'daily', userId: user });
    await call(user, { apiKeyId: key });
    await limit(user, 'key', key, { costPerDayNanoUsd: 1_000_000 });
    await reprice([user], 2);
    expect((await windows(user, 2, key)).map((window) => (window as { cost: number }).cost)).toEqual([
      18_000, 36_000, 36_000,
    ]);
    expect(await findings()).toEqual([]);
  });

  it('begins after an early reset where there was one', async () => {
    const user = await books.account();
    const key = await books.key(user);
    await call(user, { apiKeyId: key });
    const wish = { actor: SYSTEM, idempotencyKey: null, dryRun: false };
    await resets.reset({ ...wish, period: 'daily', userId: user });
    await call(user, { apiKeyId: key }, 1, 1);
    await limit(user, 'key', key, { tokensPerDay: 1_000 });
    expect(await windows(user, 2, key)).toEqual([
      { period: 'day', requests: 1, tokens: 2, cost: 500, held: 0 },
      { period: 'month', requests: 2, tokens: 32, cost: 9_500, held: 0 },
      { period: 'lifetime', requests: 2, tokens: 32, cost: 9_500, held: 0 },
    ]);
    expect(await findings()).toEqual([]);
  });

  it('leaves an entry that verification misses when it is changed', async () => {
    const user = await books.account();
    const key = await books.key(user);
    await call(user, { apiKeyId: key });
    await limit(user, 'key', key, { tokensPerDay: 1_000 });
    await books.query('UPDATE window_openings SET tokens = tokens - 1 WHERE user_id = $1', [user]);
    expect(await findings()).toHaveLength(3);
    await books.query('UPDATE window_openings SET tokens = tokens + 1 WHERE user_id = $1', [user]);
    expect(await findings()).toEqual([]);
  });
});

it('a limit of a task knows what was used before, because tasks are always counted', async () => {
  const user = await books.account();
  await call(user, { taskId: 1 });
  await limit(user, 'task', 1, { tokensPerDay: 1_000 });
  await limit(user, 'task', 1, { tokensPerDay: null });
  await call(user, { taskId: 1 });
  await limit(user, 'task', 1, { tokensPerDay: 60 });
  expect(await windows(user, 3, 1)).toEqual(everyPeriod({ requests: 2, tokens: 60, cost: 18_000 }));
  await expect(admit(user, { taskId: 1 })).rejects.toMatchObject(SPENT);
  expect(await findings()).toEqual([]);
});

describe('a cap of the installation that comes in the middle of the day', () => {
  afterEach(() => installation.capDailyCost(null, SYSTEM));

  const dayOfEverybody = async () => {
    const [day] = await books.query<{ cost: string }>(
      `SELECT coalesce(sum(cost_nano_usd), 0) AS cost FROM usage_rollups WHERE day = (now() AT TIME ZONE 'UTC')::date`,
    );
    return Number(day.cost);
  };

  it('knows what the day cost so far, calls that run, and those from while it was away', async () => {
    const [one, other] = [await books.account(), await books.account()];
    await call(one);
    await call(other);
    const running = await admit(other);
    const before = await dayOfEverybody();
    expect(before).toBeGreaterThanOrEqual(18_000);
    const capped = await installation.capDailyCost(before + 500_000, SYSTEM);
    expect(capped.spent_today_nano_usd).toBe(before);
    await settle(running, 10, 20);
    expect((await installation.describe()).spent_today_nano_usd).toBe(before + 9_000);
    await call(one);
    expect(await findings()).toEqual([]);

    await installation.capDailyCost(null, SYSTEM);
    await call(other);
    const again = await installation.capDailyCost(before + 27_000, SYSTEM);
    expect(again.spent_today_nano_usd).toBe(before + 27_000);
    await expect(admit(one)).rejects.toMatchObject(SPENT);
    expect(await findings()).toEqual([]);
  });

  it('is told of corrections that come after it', async () => {
    const [one, other] = [await books.account(), await books.account()];
    await call(one);
    await call(other);
    const tellUsage = await orphan(other, {});
    const before = await dayOfEverybody();
    await installation.capDailyCost(before + 500_000, SYSTEM);
    await call(one);
    await tellUsage();
    expect((await installation.describe()).spent_today_nano_usd).toBe(before + 18_000);
    await reprice([one, other], 2);
    expect((await installation.describe()).spent_today_nano_usd).toBe(before + 18_000 + 4 * 9_000);
    expect(await dayOfEverybody()).toBe(before + 18_000 + 4 * 9_000);
    expect(await findings()).toEqual([]);
  });
});

interface Move {
  readonly kind: 'call' | 'limit' | 'cap';
  readonly prompt: number;
  readonly withKey: boolean;
  readonly voided: boolean;
  /** Whether a limit comes or goes. */
  readonly on: boolean;
}

const move: fc.Arbitrary<Move> = fc.record({
  kind: fc.constantFrom<Move['kind']>('call', 'call', 'call', 'call', 'limit', 'cap'),
  prompt: fc.integer({ min: 0, max: 90 }),
  withKey: fc.boolean(),
  voided: fc.boolean(),
  on: fc.boolean(),
});

test(`limits that come and go while calls run lose and double none of them (${CASES} cases)`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(move, { minLength: 1, maxLength: 8 }), { maxLength: 4 }), async (rounds) => {
      const user = await books.account();
      const key = await books.key(user);
      const used = { requests: 0, tokens: 0 };
      const play = async (step: Move, index: number): Promise<void> => {
        if (step.kind === 'limit') return limit(user, 'key', key, { tokensPerDay: step.on ? 1_000_000 : null });
        if (step.kind === 'cap') {
          await installation.capDailyCost(step.on ? 1_000_000_000_000 : null, SYSTEM);
          return;
        }
        const replica = replicas[index % 2];
        const hold = await replica.admission.admit(request(user, step.withKey ? { apiKeyId: key } : {}));
        if (step.voided) {
          await dataSource.query('SELECT gatehouse_void($1, $2)', [[user], [hold.request.requestId]]);
          return;
        }
        await replica.settlement.settle(hold, ended(hold, step.prompt, 1));
        if (!step.withKey) return;
        used.requests += 1;
        used.tokens += step.prompt + 1;
      };
      for (const round of rounds) await Promise.all(round.map(play));
      await limit(user, 'key', key, { tokensPerDay: 1_000_000 });
      const [{ requests, tokens }] = (await windows(user, 2, key)) as [{ requests: number; tokens: number }];
      expect({ requests, tokens }).toEqual(used);
      const { spent_today_nano_usd } = await installation.capDailyCost(1_000_000_000_000, SYSTEM);
      const [{ cost }] = await books.query<{ cost: string }>(
        `SELECT sum(cost_nano_usd) AS cost FROM usage_rollups WHERE day = (now() AT TIME ZONE 'UTC')::date`,
      );
      expect(spent_today_nano_usd).toBe(Number(cost ?? 0));
      expect(await findings()).toEqual([]);
      await installation.capDailyCost(null, SYSTEM);
    }),
    { numRuns: CASES },
  );
});
