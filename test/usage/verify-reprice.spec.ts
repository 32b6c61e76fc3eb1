import { createDatabase, dropDatabase } from '../support/databases.js';
import { ledgerCommand } from '../support/ledger-command.js';
import { Books, ended, PRICE, Replica, request } from '../support/usage-books.js';

jest.setTimeout(60_000);

let databaseUrl: string;
let books: Books;
let replica: Replica;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
});

afterAll(async () => {
  await replica.close();
  await books.close();
  await dropDatabase(databaseUrl);
});

async function costs(user: number): Promise<number[]> {
  const windows = await books.windows(user);
  const [rollup] = await books.query<{ cost: string }>(
    'SELECT sum(cost_nano_usd) AS cost FROM usage_rollups WHERE user_id = $1',
    [user],
  );
  return [...windows.map((window) => window.spentCost), Number(rollup.cost)];
}

const WRONG = ['reprice', '--version', PRICE.version, '--model', 'gpt-4o'];
const RIGHT = ['--input', '0.2', '--cached-input', '0.1', '--output', '0.8', '--as', 'test-2'];

it('corrects calls that were billed at a wrong price, once, and leaves the others and the rows alone', async () => {
  const [user, other] = [await books.account(), await books.account()];
  const settle = async (userId: number, model: string, cached: number) => {
    const hold = await replica.admission.admit(request(userId, { model }));
    const end = ended(hold, 10, 20);
    await replica.settlement.settle(hold, { ...end, usage: { ...end.usage, cachedPromptTokens: cached } });
  };
  await settle(user, 'gpt-4o', 4);
  await settle(user, 'gpt-4o', 0);
  await settle(other, 'gpt-4o-mini', 0);
  const before = 6 * 100 + 4 * 50 + 20 * 400 + (10 * 100 + 20 * 400);
  expect(await costs(user)).toEqual([before, before, before, before]);

  const dry = await ledgerCommand(databaseUrl, ...WRONG, ...RIGHT, '--dry-run');
  expect(dry).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^2 calls of gpt-4o .* would be corrected to test-2/) as unknown,
  });
  expect(await costs(user)).toEqual([before, before, before, before]);

  for (let run = 0; run < 2; run += 1) {
    const { code, output } = await ledgerCommand(databaseUrl, ...WRONG, ...RIGHT);
    expect([code, output.slice(0, 7)]).toEqual([0, run === 0 ? '2 calls' : '0 calls']);
    expect(await costs(user)).toEqual([2 * before, 2 * before, 2 * before, 2 * before]);
  }
  expect(await costs(other)).toEqual([9000, 9000, 9000, 9000]);
  const [{ sum }] = await books.query<{ sum: string }>('SELECT sum(cost_nano_usd) FROM ledger WHERE user_id = $1', [
    user,
  ]);
  expect(Number(sum)).toBe(before);
  expect(await ledgerCommand(databaseUrl, 'verify')).toMatchObject({ code: 0 });
});

it('says how to call it when it cannot know the right price', async () => {
  for (const args of [
    ['reprice'],
    [...WRONG, '--input', '1'],
    [...WRONG, '--input', 'x', '--output', '1', '--as', 'y'],
    ['no'],
  ]) {
    const { code, output } = await ledgerCommand(databaseUrl, ...args);
    expect([code, output]).toEqual([2, expect.stringContaining('Usage: npm run ledger')]);
  }
});
