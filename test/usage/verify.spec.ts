import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import { LedgerSequencer } from '../../src/modules/usage/ledger/ledger-sequencer.service.js';
import { PeriodClosingService } from '../../src/modules/usage/periods/period-closing.service.js';
import { LedgerVerifier } from '../../src/modules/usage/verification/ledger-verifier.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { ledgerCommand } from '../support/ledger-command.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

jest.setTimeout(180_000);

let databaseUrl: string;
let books: Books;
let replica: Replica;
let dataSource: DataSource;
let user: number;

/** Five calls, one of them an orphan that was corrected, and one that is still running; sealed but for the last call. */
beforeEach(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  replica = new Replica(databaseUrl);
  dataSource = await createDataSource(databaseUrl).initialize();
  user = await books.account({ day: 1_000_000 });
  const orphan = await replica.admission.admit(request(user));
  await books.expireHolds(user);
  await replica.sweeper.sweep();
  await replica.settlement.settle(orphan, ended(orphan, 30, 40));
  await settleCalls(3);
  await seal();
  await settleCalls(1);
  await replica.admission.admit(request(user));
});

afterEach(async () => {
  await dataSource.destroy();
  await replica.close();
  await books.close();
  await dropDatabase(databaseUrl);
});

async function settleCalls(count: number): Promise<void> {
  for (let call = 0; call < count; call += 1) {
    const hold = await replica.admission.admit(request(user));
    await replica.settlement.settle(hold, ended(hold, 10, 20 + call));
  }
}

async function seal(): Promise<number> {
  return new LedgerSequencer(dataSource).sealAll();
}

async function findings(): Promise<string[]> {
  const { discrepancies } = await new LedgerVerifier(dataSource).verify();
  return discrepancies.map(({ check, message }) => `${check}: ${message}`);
}

it('finds nothing in books that were only written in the regular way', async () => {
  expect(await findings()).toEqual([]);
  expect(await seal()).toBe(1);
  expect(await seal()).toBe(0);
  expect(await findings()).toEqual([]);
  expect(
    await books.query('SELECT seq::int, cardinality(entry_ids) AS entries FROM ledger_seals ORDER BY seq'),
  ).toEqual([
    { seq: 1, entries: 5 },
    { seq: 2, entries: 1 },
  ]);
});

it('finds a row that was edited by hand', async () => {
  const [{ id }] = await books.query<{ id: string }>(
    `UPDATE ledger SET completion_tokens = completion_tokens - 5
      WHERE request_id = (SELECT request_id FROM ledger WHERE completion_tokens = 22) RETURNING request_id AS id`,
  );
  const found = await findings();
  expect(found).toContain(`entries: call ${id} of account ${user} was changed`);
  expect(found).toContainEqual(
    expect.stringMatching(/^windows: window \d+ .*day from .*tokens spent \d+ instead of \d+$/),
  );
  expect(found).toContainEqual(expect.stringMatching(/^rollups: .*completion tokens \d+ instead of \d+$/));
});

it('finds an edit that changes no sum', async () => {
  await books.query(`UPDATE ledger SET upstream_model = 'cheaper' WHERE completion_tokens = 22`);
  expect(await findings()).toEqual([expect.stringMatching(/^entries: call .* was changed$/)]);
});

it.each([
  ['sealed', 'completion_tokens = 22'],
  ['not yet sealed', 'request_id = (SELECT entry_id FROM ledger_unsealed)'],
])('finds a %s row that was deleted by hand', async (_state, which) => {
  const [{ id }] = await books.query<{ id: string }>(`DELETE FROM ledger WHERE ${which} RETURNING request_id AS id`);
  const missing = expect.stringContaining(`entries: call ${id} of account ${user} is missing`) as unknown;
  expect(await findings()).toContainEqual(missing);
  await seal();
  expect(await findings()).toContainEqual(missing);
});

it('finds a counter that was edited by hand', async () => {
  await books.query(`UPDATE quota_windows SET spent_tokens = spent_tokens - 7 WHERE subject = 1 AND period = 1`);
  expect(await findings()).toEqual([
    expect.stringMatching(
      /^windows: window \d+ of account \d+ \(account, day from .*\): tokens spent \d+ instead of \d+$/,
    ),
  ]);
});

it('finds rollups, held counters, corrections and intents that were edited by hand', async () => {
  await books.query(`UPDATE usage_rollups SET requests = requests + 1 WHERE status = 'completed'`);
  await books.query(`UPDATE quota_windows SET held_tokens = 0 WHERE subject = 1 AND period = 3`);
  await books.query(`UPDATE ledger_corrections SET cost_nano_usd = 0`);
  await books.query(`INSERT INTO usage_intents VALUES ($1, '2026-01-01', 0, 'm', 'coding', 'coding', 1, 1, 1)`, [user]);
  const found = await findings();
  expect(found).toContainEqual(expect.stringMatching(/^rollups: .*completed: requests 5 instead of 4$/));
  expect(found).toContainEqual(expect.stringMatching(/^windows: .*lifetime .*tokens held 0 instead of 200$/));
  expect(found).toContainEqual(expect.stringMatching(/^entries: correction late_usage of call .* was changed$/));
  expect(found).toContainEqual(expect.stringMatching(/^intents: .*requests 1 instead of 0/));
});

it('finds a row that was slipped in past the triggers', async () => {
  const copy = `INSERT INTO ledger (user_id, request_id, admitted_at, endpoint, model, provider, upstream_model, status,
    usage_source, prompt_tokens, completion_tokens, cached_prompt_tokens, reasoning_tokens, cost_nano_usd, window_ids, streamed,
    http_status, latency_ms)
    SELECT user_id, id, gatehouse_request_time(id), endpoint, model, provider, upstream_model, status, usage_source, 1, 1, 0, 0, 0,
           window_ids, streamed, http_status, latency_ms
      FROM (SELECT l.*, overlay(request_id::text PLACING $1 FROM 25)::uuid AS id FROM ledger l LIMIT 1) l`;
  await books.query('ALTER TABLE ledger DISABLE TRIGGER ledger_counted');
  await books.query(copy, ['000000000001']);
  await books.query('ALTER TABLE ledger ENABLE TRIGGER ledger_counted');
  expect(await findings()).toContainEqual(expect.stringMatching(/^entries: call .*000000000001 .*no seal knows it$/));
});

it('finds a balance, and an entry of a balance, that was edited by hand', async () => {
  const account = await books.account({ lifetime: 500 });
  await seal();
  expect(await findings()).toEqual([]);
  await books.query('UPDATE quota_accounts SET lifetime_tokens = 900 WHERE user_id = $1', [account]);
  expect(await findings()).toEqual([`balances: account ${account} has 900 tokens for life instead of 500`]);
  await books.query('UPDATE balance_entries SET tokens = 900 WHERE user_id = $1', [account]);
  expect(await findings()).toEqual([expect.stringMatching(/^entries: balance entry .* was changed$/)]);
});

describe('early resets and statements of periods', () => {
  let account: number;

  /** One of each, of an account of its own: sealed, unless told otherwise. */
  async function resetAndClose({ sealed = true } = {}): Promise<void> {
    account = await books.account({ day: 1_000 });
    const hold = await replica.admission.admit(request(account));
    await replica.settlement.settle(hold, ended(hold, 10, 20));
    await books.query('SELECT gatehouse_reset_quotas(1::smallint, $1::int[], NULL, NULL)', [[account]]);
    await books.query(
      `UPDATE quota_windows SET starts_at = starts_at - interval '40 days', ends_at = ends_at - interval '40 days'
        WHERE user_id = $1 AND period < 3`,
      [account],
    );
    expect(await new PeriodClosingService(dataSource).closeAll()).toBe(2);
    if (sealed) await seal();
    expect(await findings()).toEqual([]);
  }

  it.each([
    ['quota_resets', 'period = 2', 'quota reset'],
    ['period_statements', 'tokens = tokens - 1', 'period statement'],
    ['period_statements', 'cost_nano_usd = 0', 'period statement'],
  ])('are found in %s when somebody sets %s by hand', async (table, change, name) => {
    await resetAndClose();
    await books.query(`UPDATE ${table} SET ${change} WHERE user_id = $1 AND period = 1`, [account]);
    expect(await findings()).toEqual([
      expect.stringMatching(new RegExp(`^entries: ${name} [0-9a-f-]{36} of account ${account} was changed$`)),
    ]);
  });

  it.each([
    ['quota_resets', 'quota reset', true],
    ['quota_resets', 'quota reset', false],
    ['period_statements', 'period statement', true],
    ['period_statements', 'period statement', false],
  ])('are found to be missing from %s when somebody deletes a %s by hand (sealed: %s)', async (table, name, sealed) => {
    await resetAndClose({ sealed });
    await books.query(`DELETE FROM ${table} WHERE user_id = $1 AND period = 1`, [account]);
    const missing = expect.stringMatching(
      new RegExp(`^entries: ${name} [0-9a-f-]{36} of account ${account} is missing`),
    ) as unknown;
    expect(await findings()).toEqual([missing]);
    // Closing again writes another statement, which does not hide that the first one is gone.
    await new PeriodClosingService(dataSource).closeAll();
    await seal();
    expect(await findings()).toEqual([missing]);
  });

  it('are found when they are slipped in past the triggers', async () => {
    await resetAndClose();
    await books.query('ALTER TABLE quota_resets DISABLE TRIGGER quota_resets_queued');
    await books.query('INSERT INTO quota_resets (user_id, period, generation) VALUES ($1, 2, 9)', [account]);
    expect(await findings()).toEqual([
      expect.stringMatching(/^entries: quota reset .* was never entered in the regular way: no seal knows it$/),
    ]);
  });
});

it('counts cached and reasoning tokens of usage that became known late', async () => {
  const account = await books.account();
  const hold = await replica.admission.admit(request(account));
  await books.expireHolds(account);
  await replica.sweeper.sweep();
  const end = ended(hold, 30, 40);
  const usage = { ...end.usage, cachedPromptTokens: 12, reasoningTokens: 25 };
  await replica.settlement.settle(hold, { ...end, usage });
  const [totals] = await books.query<Record<string, string>>(
    `SELECT sum(prompt_tokens) AS prompt, sum(completion_tokens) AS completion, sum(cached_prompt_tokens) AS cached,
            sum(reasoning_tokens) AS reasoning FROM usage_rollups WHERE user_id = $1`,
    [account],
  );
  expect(totals).toEqual({ prompt: '30', completion: '40', cached: '12', reasoning: '25' });
  await seal();
  expect(await findings()).toEqual([]);
});

it('finds a chain that was edited or cut', async () => {
  await settleCalls(1);
  await seal();
  await settleCalls(1);
  await seal();
  await books.query(`UPDATE ledger_seals SET digests = sha256('') WHERE seq = 2`);
  expect(await findings()).toContain('chain: seal 2 does not follow from the one before it');
  await books.query('DELETE FROM ledger_seals WHERE seq = 2');
  expect(await findings()).toContain('chain: seal 3 does not follow from the one before it');
});

it('is sealed by one sequencer at a time, and nothing is sealed twice', async () => {
  await Promise.all([settleCalls(20), ...Array.from({ length: 8 }, seal)]);
  await seal();
  expect(await findings()).toEqual([]);
});

it('is a command with an exit code', async () => {
  expect(await ledgerCommand(databaseUrl, 'verify')).toEqual({
    code: 0,
    output: expect.stringMatching(
      /^The books balance: 5 calls, 1 corrections, .* Head of the chain: 1 [0-9a-f]{64}\n$/,
    ) as unknown,
  });
  await books.query('DELETE FROM ledger WHERE completion_tokens = 22');
  expect(await ledgerCommand(databaseUrl, 'verify')).toEqual({
    code: 1,
    output: expect.stringContaining('is missing') as unknown,
  });
});
