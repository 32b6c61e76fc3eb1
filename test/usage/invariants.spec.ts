import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/data-source.js';
import type { Hold } from '../../src/modules/usage/admission/admission.types.js';
import { LedgerSequencer } from '../../src/modules/usage/ledger/ledger-sequencer.service.js';
import { LedgerVerifier } from '../../src/modules/usage/verification/ledger-verifier.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';

/** Rounds of random work; each round's steps run at the same time on two replicas. */
const CASES = Number(process.env['PROPERTY_CASES'] ?? 40);

type Step =
  | { kind: 'admit'; prompt: number; wanted: number; choices: number; replica: number }
  | { kind: 'settle'; pick: number; share: number; replica: number; twice: boolean }
  | { kind: 'expire'; pick: number }
  | { kind: 'void'; pick: number; replica: number };

const replicaIndex = fc.nat({ max: 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('admit' as const),
      prompt: fc.integer({ min: 1, max: 300 }),
      wanted: fc.integer({ min: 0, max: 400 }),
      choices: fc.integer({ min: 1, max: 3 }),
      replica: replicaIndex,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      pick: fc.nat(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      replica: replicaIndex,
      twice: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('void' as const), pick: fc.nat(), replica: replicaIndex }) },
);
const scenario = fc.record({
  accounts: fc.array(
    fc.record({
      day: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
      lifetime: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
      costDay: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  rounds: fc.array(fc.array(fc.tuple(fc.nat({ max: 2 }), step), { minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 5,
  }),
});

let databaseUrl: string;
let books: Books;
let auditor: Books;
let replicas: Replica[];
let dataSource: DataSource;
let sequencer: LedgerSequencer;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  books = await Books.open(databaseUrl);
  auditor = await Books.open(databaseUrl);
  replicas = [new Replica(databaseUrl), new Replica(databaseUrl)];
  dataSource = await createDataSource(databaseUrl).initialize();
  sequencer = new LedgerSequencer(dataSource);
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await dataSource.destroy();
  await books.close();
  await auditor.close();
  await dropDatabase(databaseUrl);
});

/** Accounts whose windows hold and have spent more than their limit, at this instant. */
async function overAdmitted(users: number[]): Promise<unknown[]> {
  return auditor.query(
    `SELECT w.* FROM quota_windows w JOIN quota_accounts a USING (user_id)
      WHERE user_id = ANY ($1) AND w.subject = 1 AND (w.period = 1 AND (w.spent_tokens + w.held_tokens > a.tokens_per_day
             OR w.spent_nano_usd + w.held_nano_usd > a.cost_per_day_nano_usd)
         OR w.period = 3 AND w.spent_tokens + w.held_tokens > a.lifetime_tokens)`,
    [users],
  );
}

class Play {
  /** Calls that were admitted and are not voided, whether or not they have ended. */
  readonly admitted: Hold[] = [];
  private readonly settled = new Map<string, number>();
  private readonly voided = new Set<string>();
  private readonly expired = new Set<string>();

  async run(user: number, step: Step): Promise<void> {
    if (step.kind === 'admit') return this.admit(user, step);
    if (this.admitted.length === 0) return;
    const hold = this.admitted[step.pick % this.admitted.length];
    const { requestId, userId } = hold.request;
    // Only admissions of unknown outcome are voided: nobody has started them, nor waited for their lease to end.
    if (step.kind === 'expire' && !this.voided.has(requestId)) {
      this.expired.add(requestId);
      await books.query(`UPDATE holds SET expires_at = 'epoch' WHERE request_id = $1`, [requestId]);
      await replicas[0].sweeper.sweep();
    } else if (step.kind === 'void' && !this.settled.has(requestId) && !this.expired.has(requestId)) {
      this.voided.add(requestId);
      replicas[step.replica].queue.voidAdmission(userId, requestId);
    } else if (step.kind === 'settle' && !this.voided.has(requestId)) {
      await this.settle(hold, step);
    }
  }

  async finish(): Promise<void> {
    for (const hold of this.admitted) {
      const { requestId } = hold.request;
      if (!this.settled.has(requestId) && !this.voided.has(requestId)) {
        await replicas[0].settlement.settle(hold, ended(hold, 1, 0));
      }
    }
    while (replicas.some((replica) => replica.queue.size > 0)) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  /** Calls that must stand in the ledger with exactly one row. */
  get billed(): Hold[] {
    return this.admitted.filter((hold) => !this.voided.has(hold.request.requestId));
  }

  private async admit(user: number, { prompt, wanted, choices, replica }: Step & { kind: 'admit' }): Promise<void> {
    const wish = request(user, {
      promptTokensReserved: prompt,
      promptTokensCounted: Math.ceil(prompt / 4),
      completionTokensWanted: wanted,
      choices,
    });
    const hold = await replicas[replica].admission.admit(wish).catch(() => undefined);
    if (hold !== undefined) this.admitted.push(hold);
  }

  private async settle(hold: Hold, { share, replica, twice }: Step & { kind: 'settle' }): Promise<void> {
    const { requestId, promptTokensReserved } = hold.request;
    const used = this.settled.get(requestId) ?? share;
    this.settled.set(requestId, used);
    const prompt = Math.floor(used * promptTokensReserved);
    const completion = Math.floor(used * (hold.tokensHeld - promptTokensReserved));
    const settle = (at: number) => replicas[at].settlement.settle(hold, ended(hold, prompt, completion));
    await Promise.all(twice ? [settle(replica), settle(1 - replica)] : [settle(replica)]);
  }
}

test(
  `the books balance after any interleaving of two replicas (${CASES} cases)`,
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ accounts, rounds }) => {
        const users: number[] = [];
        for (const limits of accounts) users.push(await books.account(limits));
        const play = new Play();
        for (const round of rounds) {
          await Promise.all([
            ...round.map(([account, work]) => play.run(users[account % users.length], work)),
            overAdmitted(users).then((found) => expect(found).toEqual([])),
            sequencer.sealAll(),
          ]);
          expect(await overAdmitted(users)).toEqual([]);
        }
        await play.finish();
        expect((await new LedgerVerifier(dataSource).verify()).discrepancies).toEqual([]);

        const [holds] = await books.query<{ count: string }>('SELECT count(*) FROM holds WHERE user_id = ANY ($1)', [
          users,
        ]);
        expect(Number(holds.count)).toBe(0);
        for (const user of users) {
          const totals = await books.ledgerTotals(user);
          const billed = play.billed.filter((hold) => hold.request.userId === user);
          expect(totals.rows).toBe(billed.length);
          for (const window of await books.windows(user)) {
            expect(window).toMatchObject({ held: 0, heldCost: 0, spent: totals.tokens, spentCost: totals.cost });
            expect(window.requests).toBe(billed.length);
          }
        }
      }),
      { numRuns: CASES },
    );
  },
  60_000 + CASES * 200,
);

test('two replicas that settle and admit many accounts at once never deadlock for good', async () => {
  const users = await Promise.all(Array.from({ length: 20 }, async () => books.account({ day: 10_000_000 })));
  const calls = Array.from({ length: 1500 }, async (_, index) => {
    const replica = replicas[index % 2];
    const user = users[(index * 7) % users.length];
    const hold = await replica.admission.admit(request(user));
    await replica.settlement.settle(hold, ended(hold, 3, 4));
  });
  await Promise.all(calls);
  const totals = await Promise.all(users.map((user) => books.ledgerTotals(user)));
  expect(totals.reduce((sum, total) => sum + total.rows, 0)).toBe(1500);
  expect(totals.reduce((sum, total) => sum + total.tokens, 0)).toBe(1500 * 7);
}, 60_000);
