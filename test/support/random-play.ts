import { SYSTEM } from '../../src/common/actor.js';
import type { Actor } from '../../src/common/actor.js';
import { AuditService } from '../../src/modules/audit/audit.service.js';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { DomainError } from '../../src/common/errors/domain-error.js';
import type { Hold } from '../../src/modules/usage/admission/admission.types.js';
import { CreditsService } from '../../src/modules/usage/credits/credits.service.js';
import { LimitsService } from '../../src/modules/usage/limits/limits.service.js';
import { PeriodClosingService } from '../../src/modules/usage/periods/period-closing.service.js';
import { QuotaResetService } from '../../src/modules/usage/resets/quota-reset.service.js';
import type { Books, Replica } from './usage-books.js';
import { ended, request } from './usage-books.js';

const ZONES = ['UTC', 'Asia/Kathmandu', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Pacific/Niue', 'Europe/Berlin'];

export type Step =
  | { kind: 'admit'; prompt: number; wanted: number; choices: number; replica: number; withKey: boolean }
  | { kind: 'settle'; pick: number; share: number; replica: number; twice: boolean }
  | { kind: 'expire' | 'renew'; pick: number }
  | { kind: 'void'; pick: number; replica: number }
  | { kind: 'top up'; tokens: number }
  | { kind: 'limit'; limit: 'tokensPerDay' | 'tokensPerMonth' | 'lifetimeTokens'; tokens: number | null }
  | { kind: 'reset'; period: 'daily' | 'monthly' }
  | { kind: 'time'; hours: number }
  | { kind: 'time zone'; zone: string };

const replica = fc.nat({ max: 1 });
const pick = fc.nat();

/** One thing that happens to an account, on one of two replicas. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('admit' as const),
      prompt: fc.integer({ min: 1, max: 300 }),
      wanted: fc.integer({ min: 0, max: 400 }),
      choices: fc.integer({ min: 1, max: 3 }),
      replica,
      withKey: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      pick,
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      replica,
      twice: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('expire' as const, 'renew' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), pick, replica }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('top up' as const), tokens: fc.integer({ min: -500, max: 900 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('limit' as const),
      limit: fc.constantFrom('tokensPerDay' as const, 'tokensPerMonth' as const, 'lifetimeTokens' as const),
      tokens: fc.option(fc.integer({ min: 0, max: 3_000 })),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reset' as const),
      period: fc.constantFrom('daily' as const, 'monthly' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('time' as const), hours: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('time zone' as const), zone: fc.constantFrom(...ZONES) }) },
);

export interface PlayAccount {
  readonly id: number;
  readonly keyId: number;
}

/** Random work on accounts, and what must have come of it. */
export class Play {
  /** What each call that must be billed has used, by request id. */
  readonly used = new Map<string, { userId: number; tokens: number }>();
  private readonly admitted: Hold[] = [];
  private readonly voided = new Set<string>();
  private readonly expired = new Set<string>();
  private readonly settled = new Map<string, number>();
  private readonly limits: LimitsService;
  private readonly credits: CreditsService;
  private readonly resets: QuotaResetService;
  private readonly closing: PeriodClosingService;

  constructor(
    private readonly replicas: readonly Replica[],
    private readonly dataSource: DataSource,
    private readonly books: Books,
  ) {
    this.limits = new LimitsService(dataSource);
    this.credits = new CreditsService(dataSource, new AuditService(dataSource));
    this.resets = new QuotaResetService(dataSource, new AuditService(dataSource));
    this.closing = new PeriodClosingService(dataSource);
  }

  async run(account: PlayAccount, work: Step): Promise<void> {
    switch (work.kind) {
      case 'admit':
        return this.admit(account, work);
      case 'top up':
        return this.credit(account.id, work.tokens);
      case 'limit':
        return this.dataSource.transaction(async (manager) => {
          await this.limits.changeLimits(manager, account.id, { [work.limit]: work.tokens });
        });
      case 'reset': {
        const wish = { actor: SYSTEM, idempotencyKey: null, dryRun: false };
        await this.resets.reset({ ...wish, period: work.period, userId: account.id });
        return;
      }
      case 'time':
        await this.books.query('UPDATE time_shift SET by = by + make_interval(hours => $1)', [work.hours]);
        await this.closing.closeAll();
        return;
      case 'time zone':
        await this.books.query('SELECT gatehouse_change_time_zone($1, $2)', [account.id, work.zone]);
        return;
      default:
        return this.onCall(work);
    }
  }

  /** Ends whatever still runs. */
  async finish(): Promise<void> {
    for (const hold of this.admitted) {
      const { requestId } = hold.request;
      if (!this.settled.has(requestId) && !this.voided.has(requestId)) await this.end(hold, 0, 1, 0, [0]);
    }
    while (this.replicas.some((each) => each.queue.size > 0)) await new Promise((resolve) => setTimeout(resolve, 2));
  }

  private async onCall(work: Step & { pick: number }): Promise<void> {
    if (this.admitted.length === 0) return;
    const hold = this.admitted[work.pick % this.admitted.length];
    const { requestId, userId } = hold.request;
    if (this.voided.has(requestId)) return;
    // Only admissions of unknown outcome are voided: nobody has started them, nor waited for their lease to end.
    if (work.kind === 'void' && !this.settled.has(requestId) && !this.expired.has(requestId)) {
      this.voided.add(requestId);
      this.replicas[work.replica].queue.voidAdmission(userId, requestId);
    } else if (work.kind === 'expire') {
      this.expired.add(requestId);
      await this.books.query(`UPDATE holds SET expires_at = 'epoch' WHERE request_id = $1`, [requestId]);
      await this.replicas[0].sweeper.sweep();
    } else if (work.kind === 'renew') {
      await this.books.query('SELECT gatehouse_renew(ARRAY[$1::int], ARRAY[$2::uuid], ARRAY[1], 1000000)', [
        userId,
        requestId,
      ]);
    } else if (work.kind === 'settle') {
      await this.settle(hold, work);
    }
  }

  private async admit(account: PlayAccount, work: Step & { kind: 'admit' }): Promise<void> {
    const wish = request(account.id, {
      apiKeyId: work.withKey ? account.keyId : null,
      promptTokensReserved: work.prompt,
      promptTokensCounted: Math.ceil(work.prompt / 4),
      completionTokensWanted: work.wanted,
      choices: work.choices,
    });
    const hold = await this.replicas[work.replica].admission.admit(wish).catch(asRefusal);
    if (!(hold instanceof DomainError)) this.admitted.push(hold);
  }

  private async settle(hold: Hold, { share, replica: at, twice }: Step & { kind: 'settle' }): Promise<void> {
    const { requestId, promptTokensReserved } = hold.request;
    const part = this.settled.get(requestId) ?? share;
    const prompt = Math.floor(part * promptTokensReserved);
    const completion = Math.floor(part * (hold.tokensHeld - promptTokensReserved));
    await this.end(hold, part, prompt, completion, twice ? [at, 1 - at] : [at]);
  }

  private async end(hold: Hold, part: number, prompt: number, completion: number, at: number[]): Promise<void> {
    const { requestId, userId } = hold.request;
    this.settled.set(requestId, part);
    this.used.set(requestId, { userId, tokens: prompt + completion });
    await Promise.all(at.map((each) => this.replicas[each].settlement.settle(hold, ended(hold, prompt, completion))));
  }

  private async credit(userId: number, tokens: number): Promise<void> {
    const kind = tokens > 0 ? 'top_up' : 'correction';
    const actor: Actor = { ...SYSTEM, kind: 'admin', userId };
    const credit = { userId, kind, tokens, reason: 'of the test', actor, idempotencyKey: null } as const;
    // Refused where there is no balance, or not so much of it.
    await this.credits.credit(credit).catch(asRefusal);
  }
}

function asRefusal(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}
