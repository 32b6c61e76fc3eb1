import { SYSTEM } from '../../src/common/actor.js';
import { everyPeriod, LimitsScene } from '../support/limits-scene.js';

jest.setTimeout(60_000);

let scene: LimitsScene;

beforeAll(async () => {
  scene = await LimitsScene.start();
});
afterAll(() => scene.stop());

describe('a limit of a key that came in the middle of a period', () => {
  it('is told of corrections that come after it, of calls from before and from after alike, each once', async () => {
    const user = await scene.books.account();
    const key = await scene.books.key(user);
    await scene.call(user, { apiKeyId: key });
    const tellUsage = await scene.orphan(user, { apiKeyId: key });
    await scene.limit(user, 'key', key, { costPerDayNanoUsd: 1_000_000 });
    await scene.call(user, { apiKeyId: key });
    await scene.call(user);
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 3, tokens: 60, cost: 18_000 }));
    await tellUsage();
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 3, tokens: 90, cost: 27_000 }));
    await scene.reprice([user], 2);
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 3, tokens: 90, cost: 54_000 }));
    await scene.reprice([user], 2);
    expect(await scene.findings()).toEqual([]);

    // What is corrected while the limit is away is known when it comes back, as the calls of that time are.
    await scene.limit(user, 'key', key, { costPerDayNanoUsd: null });
    await scene.call(user, { apiKeyId: key });
    await scene.reprice([user], 3);
    expect(await scene.findings()).toEqual([]);
    await scene.limit(user, 'key', key, { costPerDayNanoUsd: 1_000_000 });
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 120, cost: 108_000 }));
    await scene.reprice([user], 1);
    expect(await scene.windows(user, 2, key)).toEqual(everyPeriod({ requests: 4, tokens: 120, cost: 36_000 }));
    expect(await scene.findings()).toEqual([]);
  });

  it('is told of no correction of a day that was over by an early reset', async () => {
    const user = await scene.books.account();
    const key = await scene.books.key(user);
    await scene.call(user, { apiKeyId: key });
    await scene.resets.reset({ actor: SYSTEM, idempotencyKey: null, dryRun: false, period: 'daily', userId: user });
    await scene.call(user, { apiKeyId: key });
    await scene.limit(user, 'key', key, { costPerDayNanoUsd: 1_000_000 });
    await scene.reprice([user], 2);
    expect((await scene.windows(user, 2, key)).map(({ cost }) => cost)).toEqual([18_000, 36_000, 36_000]);
    expect(await scene.findings()).toEqual([]);
  });
});

describe('a cap of the installation that came in the middle of the day', () => {
  afterEach(() => scene.installation.capDailyCost(null, SYSTEM));

  it('is told of corrections that come after it', async () => {
    const [one, other] = [await scene.books.account(), await scene.books.account()];
    await scene.call(one);
    await scene.call(other);
    const tellUsage = await scene.orphan(other, {});
    const before = await scene.dayOfEverybody();
    await scene.installation.capDailyCost(before + 500_000, SYSTEM);
    await scene.call(one);
    await tellUsage();
    expect((await scene.installation.describe()).spent_today_nano_usd).toBe(before + 18_000);
    await scene.reprice([one, other], 2);
    expect((await scene.installation.describe()).spent_today_nano_usd).toBe(before + 18_000 + 4 * 9_000);
    expect(await scene.dayOfEverybody()).toBe(before + 18_000 + 4 * 9_000);
    expect(await scene.findings()).toEqual([]);
  });
});
