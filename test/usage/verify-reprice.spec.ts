import { ledgerCommand } from '../support/ledger-command.js';
import { ended, PRICE, request } from '../support/usage-books.js';
import { usageScene } from '../support/usage-scene.js';

jest.setTimeout(180_000);

const scene = usageScene();

async function costs(user: number): Promise<number[]> {
  const windows = await scene.books.windows(user);
  const [rollup] = await scene.books.query<{ cost: string }>(
    'SELECT sum(cost_nano_usd) AS cost FROM usage_rollups WHERE user_id = $1',
    [user],
  );
  return [...windows.map((window) => window.spentCost), Number(rollup.cost)];
}

const WRONG = ['reprice', '--version', PRICE.version, '--model', 'gpt-4o'];
const RIGHT = ['--input', '0.2', '--cached-input', '0.1', '--output', '0.8', '--as', 'test-2'];

it('corrects calls that were billed at a wrong price, once, and leaves the others and the rows alone', async () => {
  const [user, other] = [await scene.books.account(), await scene.books.account()];
  const settle = async (userId: number, model: string, cached: number) => {
    const hold = await scene.replica.admission.admit(request(userId, { model }));
    const end = ended(hold, 10, 20);
    await scene.replica.settlement.settle(hold, { ...end, usage: { ...end.usage, cachedPromptTokens: cached } });
  };
  await settle(user, 'gpt-4o', 4);
  await settle(user, 'gpt-4o', 0);
  await settle(other, 'gpt-4o-mini', 0);
  const before = 6 * 100 + 4 * 50 + 20 * 400 + (10 * 100 + 20 * 400);
  expect(await costs(user)).toEqual([before, before, before, before]);

  const dry = await ledgerCommand(scene.databaseUrl, ...WRONG, ...RIGHT, '--dry-run');
  expect(dry).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^2 calls of gpt-4o .* would be corrected to test-2/) as unknown,
  });
  expect(await costs(user)).toEqual([before, before, before, before]);

  for (let run = 0; run < 2; run += 1) {
    const { code, output } = await ledgerCommand(scene.databaseUrl, ...WRONG, ...RIGHT);
    expect([code, output.slice(0, 7)]).toEqual([0, run === 0 ? '2 calls' : '0 calls']);
    expect(await costs(user)).toEqual([2 * before, 2 * before, 2 * before, 2 * before]);
  }
  expect(await scene.books.query(`SELECT actor_kind, details FROM audit_log WHERE action = 'ledger.repriced'`)).toEqual(
    [
      {
        actor_kind: 'system',
        details: {
          model: 'gpt-4o',
          provider: null,
          upstreamModel: null,
          from: PRICE.version,
          to: 'test-2',
          calls: 2,
          costBeforeNanoUsd: before,
          costAfterNanoUsd: 2 * before,
        },
      },
    ],
  );
  expect(await costs(other)).toEqual([9000, 9000, 9000, 9000]);
  const [{ sum }] = await scene.books.query<{ sum: string }>(
    'SELECT sum(cost_nano_usd) FROM ledger WHERE user_id = $1',
    [user],
  );
  expect(Number(sum)).toBe(before);
  expect(await ledgerCommand(scene.databaseUrl, 'verify')).toMatchObject({ code: 0 });
});

it('knows the prices of what was written to the cache of a provider', async () => {
  const user = await scene.books.account();
  const hold = await scene.replica.admission.admit(request(user, { model: 'claude-x' }));
  const end = ended(hold, 100, 20);
  const usage = { ...end.usage, cachedPromptTokens: 10, cacheWrite5mTokens: 30, cacheWrite1hTokens: 40 };
  const price = { ...PRICE, version: 'writes', cacheWrite5mNanoUsdPerToken: 125, cacheWrite1hNanoUsdPerToken: 200 };
  await scene.replica.settlement.settle(hold, { ...end, usage, price });
  const billed = 20 * 100 + 10 * 50 + 30 * 125 + 40 * 200 + 20 * 400;
  expect((await costs(user))[0]).toBe(billed);

  const wrong = ['reprice', '--version', 'writes', '--model', 'claude-x', '--input', '0.1', '--cached-input', '0.05'];
  const same = ['--output', '0.4', '--cache-write-5m', '0.125', '--cache-write-1h', '0.2', '--as', 'writes-same'];
  expect((await ledgerCommand(scene.databaseUrl, ...wrong, ...same)).output).toMatch(/^0 calls/);
  const asInput = ['--output', '0.4', '--as', 'writes-2'];
  expect((await ledgerCommand(scene.databaseUrl, ...wrong, ...asInput)).output).toMatch(/^1 calls/);
  const corrected = billed - 30 * 25 - 40 * 100;
  expect(await costs(user)).toEqual([corrected, corrected, corrected, corrected]);
  expect(await ledgerCommand(scene.databaseUrl, 'verify')).toMatchObject({ code: 0 });
});

it('leaves calls alone that a fallback answered at a price of its own', async () => {
  const user = await scene.books.account();
  const price = { ...PRICE, version: 'test-fallbacks' };
  const dearer = { ...price, inputNanoUsdPerToken: 1_000, outputNanoUsdPerToken: 4_000 };
  const settle = async (answeredBy: { provider: string; upstreamModel: string; price: typeof price }) => {
    const hold = await scene.replica.admission.admit(request(user, { model: 'gpt-4o', price: dearer }));
    await scene.replica.settlement.settle(hold, { ...ended(hold, 10, 20), ...answeredBy });
  };
  await settle({ provider: 'openai', upstreamModel: 'gpt-4o', price });
  await settle({ provider: 'azure', upstreamModel: 'gpt-4o', price: dearer });
  await settle({ provider: 'azure', upstreamModel: 'gpt-4o-mini', price: dearer });
  const [first, fallbacks] = [9_000, 2 * 90_000];
  const command = [
    'reprice',
    '--version',
    price.version,
    '--model',
    'gpt-4o',
    ...RIGHT.slice(0, -1),
    'test-fallbacks-2',
  ];

  const { code, output } = await ledgerCommand(scene.databaseUrl, ...command);
  expect([code, output]).toEqual([
    2,
    expect.stringMatching(
      /answered by several: azure gpt-4o, azure gpt-4o-mini, openai gpt-4o: choose one with --provider/,
    ),
  ]);
  expect((await ledgerCommand(scene.databaseUrl, ...command, '--provider', 'azure')).code).toBe(2);
  expect(await costs(user)).toEqual(Array(4).fill(first + fallbacks));

  const chosen = await ledgerCommand(
    scene.databaseUrl,
    ...command,
    '--provider',
    'openai',
    '--upstream-model',
    'gpt-4o',
  );
  expect([chosen.code, chosen.output]).toEqual([0, expect.stringMatching(/^1 calls of gpt-4o/)]);
  expect(await costs(user)).toEqual(Array(4).fill(2 * first + fallbacks));
  expect(await ledgerCommand(scene.databaseUrl, 'verify')).toMatchObject({ code: 0 });
});

it('says that there is nothing billed with such a version', async () => {
  for (const more of [[], ['--dry-run']]) {
    const command = ['reprice', '--version', 'nope', '--model', 'gpt-4o', ...RIGHT, ...more];
    expect(await ledgerCommand(scene.databaseUrl, ...command)).toEqual({
      code: 1,
      output: 'No call of gpt-4o was billed with nope\n',
    });
  }
});

it('says what is wrong with a price below zero', async () => {
  const { code, output } = await ledgerCommand(
    scene.databaseUrl,
    ...WRONG,
    '--input',
    '-3',
    '--output',
    '1',
    '--as',
    'x',
  );
  const [line] = output.split('\n');
  expect([code, line]).toEqual([2, '--input must be USD per million tokens, 0 or more, such as 0.15; it is -3']);
});

it('says how to call it when it cannot know the right price', async () => {
  for (const args of [
    ['reprice'],
    [...WRONG, '--input', '1'],
    [...WRONG, '--input', 'x', '--output', '1', '--as', 'y'],
    ['no'],
  ]) {
    const { code, output } = await ledgerCommand(scene.databaseUrl, ...args);
    expect([code, output]).toEqual([2, expect.stringContaining('Usage: npm run ledger')]);
  }
});
