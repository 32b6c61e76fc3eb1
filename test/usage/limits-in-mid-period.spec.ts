import fc from 'fast-check';
import { SYSTEM } from '../../src/common/actor.js';
import { everyPeriod, LimitsScene } from '../support/limits-scene.js';
import { ended, request } from '../support/usage-books.js';

jest.setTimeout(120_000);

const CASES = Number(process.env['PROPERTY_CASES'] ?? 25);

let scene: LimitsScene;

beforeAll(async () => {
  scene = await LimitsScene.start();
});
afterAll(() => scene.stop());

const SPENT = { kind: 'quota_exceeded' };

describe('a limit of a key that comes in the middle of a period', () => {
  it('knows what the key used before, and what it used while the limit was away', async () => {
    const user = await scene.books.account();
    const [key, other] = [await scene.books.key(user), await scene.books.key(user)];
    await scene.call(user, { apiKeyId: key });
    await scene.call(user, { apiKeyId: other });
    await scene.call(user);
    await scene.limit(user, 'key', key, { tokensPerDay: 10 });
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 1, tokens: 30, cost: 9_000 }));
    await expect(scene.admit(user, { apiKeyId: key })).rejects.toMatchObject(SPENT);

    await scene.limit(user, 'key', key, { tokensPerDay: null });
    await scene.call(user, { apiKeyId: key });
    await scene.call(user, { apiKeyId: key });
    await scene.limit(user, 'key', key, { lifetimeTokens: 1_000 });
    await scene.call(user, { apiKeyId: key });
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 120, cost: 36_000 }));

    // Changing a limit that is there changes nothing else.
    await scene.limit(user, 'key', key, { lifetimeTokens: 120, tokensPerMonth: 5_000 });
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 120, cost: 36_000 }));
    await expect(scene.admit(user, { apiKeyId: key })).rejects.toMatchObject(SPENT);
    expect(await scene.findings()).toEqual([]);
  });

  it('counts corrections, and calls that run while it comes, however they end', async () => {
    const user = await scene.books.account();
    const key = await scene.books.key(user);
    const late = await scene.admit(user, { apiKeyId: key });
    await scene.books.expireHolds(user);
    await scene.replicas[0].sweeper.sweep();
    await scene.settle(late, 10, 20);
    const settled = await scene.admit(user, { apiKeyId: key });
    const voided = await scene.admit(user, { apiKeyId: key });
    const orphan = await scene.admit(user, { apiKeyId: key });
    const foreign = await scene.admit(user);
    await scene.limit(user, 'key', key, { costPerDayNanoUsd: 1_000_000 });
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 30, cost: 9_000, held: 600 }));

    await scene.settle(settled, 5, 5);
    await scene.settle(foreign, 5, 5);
    await scene.books.query('SELECT gatehouse_void($1, $2)', [[user], [voided.request.requestId]]);
    await scene.books.expireHolds(user);
    await scene.replicas[0].sweeper.sweep();
    await scene.settle(orphan, 7, 7);
    expect(await scene.windows(user, 2, key)).toEqual(
      everyPeriod({ requests: 3, tokens: 54, cost: 9_000 + 2_500 + 3_500 }),
    );
    expect(await scene.findings()).toEqual([]);
  });

  it('begins after an early reset where there was one', async () => {
    const user = await scene.books.account();
    const key = await scene.books.key(user);
    await scene.call(user, { apiKeyId: key });
    const wish = { actor: SYSTEM, idempotencyKey: null, dryRun: false };
    await scene.resets.reset({ ...wish, period: 'daily', userId: user });
    await scene.call(user, { apiKeyId: key }, 1, 1);
    await scene.limit(user, 'key', key, { tokensPerDay: 1_000 });
    expect(await scene.windows(user, 2, key)).toEqual([
      { period: 'day', requests: 1, tokens: 2, cost: 500, held: 0 },
      { period: 'month', requests: 2, tokens: 32, cost: 9_500, held: 0 },
      { period: 'lifetime', requests: 2, tokens: 32, cost: 9_500, held: 0 },
    ]);
    expect(await scene.findings()).toEqual([]);
  });

  it('leaves an entry that verification misses when it is changed', async () => {
    const user = await scene.books.account();
    const key = await scene.books.key(user);
    await scene.call(user, { apiKeyId: key });
    await scene.limit(user, 'key', key, { tokensPerDay: 1_000 });
    await scene.books.query('UPDATE window_openings SET tokens = tokens - 1 WHERE user_id = $1', [user]);
    expect(await scene.findings()).toHaveLength(3);
    await scene.books.query('UPDATE window_openings SET tokens = tokens + 1 WHERE user_id = $1', [user]);
    expect(await scene.findings()).toEqual([]);
  });
});

it('a limit of a task knows what was used before, because tasks are always counted', async () => {
  const user = await scene.books.account();
  await scene.call(user, { taskId: 1 });
  await scene.limit(user, 'task', 1, { tokensPerDay: 1_000 });
  await scene.limit(user, 'task', 1, { tokensPerDay: null });
  await scene.call(user, { taskId: 1 });
  await scene.limit(user, 'task', 1, { tokensPerDay: 60 });
  expect(await scene.windows(user, 3, 1)).toEqual(everyPeriod({ requests: 2, tokens: 60, cost: 18_000 }));
  await expect(scene.admit(user, { taskId: 1 })).rejects.toMatchObject(SPENT);
  expect(await scene.findings()).toEqual([]);
});

describe('a cap of the installation that comes in the middle of the day', () => {
  afterEach(() => scene.installation.capDailyCost(null, SYSTEM));

  it('knows what the day cost so far, calls that run, and those from while it was away', async () => {
    const [one, other] = [await scene.books.account(), await scene.books.account()];
    await scene.call(one);
    await scene.call(other);
    const running = await scene.admit(other);
    const before = await scene.dayOfEverybody();
    expect(before).toBeGreaterThanOrEqual(18_000);
    const capped = await scene.installation.capDailyCost(before + 500_000, SYSTEM);
    expect(capped.spent_today_nano_usd).toBe(before);
    await scene.settle(running, 10, 20);
    expect((await scene.installation.describe()).spent_today_nano_usd).toBe(before + 9_000);
    await scene.call(one);
    expect(await scene.findings()).toEqual([]);

    await scene.installation.capDailyCost(null, SYSTEM);
    await scene.call(other);
    const again = await scene.installation.capDailyCost(before + 27_000, SYSTEM);
    expect(again.spent_today_nano_usd).toBe(before + 27_000);
    await expect(scene.admit(one)).rejects.toMatchObject(SPENT);
    expect(await scene.findings()).toEqual([]);
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
      const user = await scene.books.account();
      const key = await scene.books.key(user);
      const used = { requests: 0, tokens: 0 };
      const play = async (step: Move, index: number): Promise<void> => {
        if (step.kind === 'limit') return scene.limit(user, 'key', key, { tokensPerDay: step.on ? 1_000_000 : null });
        if (step.kind === 'cap') {
          await scene.installation.capDailyCost(step.on ? 1_000_000_000_000 : null, SYSTEM);
          return;
        }
        const replica = scene.replicas[index % 2];
        const hold = await replica.admission.admit(request(user, step.withKey ? { apiKeyId: key } : {}));
        if (step.voided) {
          await scene.dataSource.query('SELECT gatehouse_void($1, $2)', [[user], [hold.request.requestId]]);
          return;
        }
        await replica.settlement.settle(hold, ended(hold, step.prompt, 1));
        if (!step.withKey) return;
        used.requests += 1;
        used.tokens += step.prompt + 1;
      };
      for (const round of rounds) await Promise.all(round.map(play));
      await scene.limit(user, 'key', key, { tokensPerDay: 1_000_000 });
      const [{ requests, tokens }] = await scene.windows(user, 2, key);
      expect({ requests, tokens }).toEqual(used);
      const { spent_today_nano_usd } = await scene.installation.capDailyCost(1_000_000_000_000, SYSTEM);
      const [{ cost }] = await scene.books.query<{ cost: string }>(
        `SELECT sum(cost_nano_usd) AS cost FROM usage_rollups WHERE day = (now() AT TIME ZONE 'UTC')::date`,
      );
      expect(spent_today_nano_usd).toBe(Number(cost ?? 0));
      expect(await scene.findings()).toEqual([]);
      await scene.installation.capDailyCost(null, SYSTEM);
    }),
    { numRuns: CASES },
  );
});
