import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { WatchedAccount } from './accounts/watched-account.js';
import { WatchedAccountsRepository } from './accounts/watched-accounts.repository.js';
import type { NewBehaviour } from './accounts/watched-accounts.repository.js';
import type { AssessedCall } from './assessment.js';
import { advance } from './behaviour/advance.js';
import type { Advanced } from './behaviour/advance.js';
import type { Cursor, PromptEvent } from './behaviour/behaviour-event.js';
import { FLAGGED_FROM } from './behaviour/calibration.js';
import { follow, isPlainSequel, replay, replayedFrom, takeIn } from './behaviour/timeline.js';
import type { AccountRecord, Arrival } from './behaviour/timeline.js';
import { EnforcementService } from './enforcement.service.js';
import type { Throttle } from './enforcement.service.js';

/** Keeps the behaviour score of accounts. The caller holds the account's lock. */
@Injectable()
export class BehaviourService {
  constructor(
    private readonly accounts: WatchedAccountsRepository,
    private readonly enforcement: EnforcementService,
  ) {}

  /**
   * Takes in calls whose assessments are stored, by account. What comes back is to be carried out at the end of the
   * transaction.
   */
  async takeIn(
    manager: EntityManager,
    accounts: ReadonlyMap<number, WatchedAccount>,
    callsOf: ReadonlyMap<number, readonly AssessedCall[]>,
  ): Promise<(Throttle | null)[]> {
    const events = new Map(
      [...accounts.keys()].map((userId) => [userId, (callsOf.get(userId) ?? []).map(promptEvent)]),
    );
    const arrivals = await this.arrivals(manager, accounts, events);
    await this.save(manager, arrivals);
    const throttles: (Throttle | null)[] = [];
    for (const [userId, account] of accounts) {
      const arrival = arrivals.get(userId);
      if (arrival !== undefined) {
        const flagged = events.get(userId)?.findLast(({ score }) => score >= FLAGGED_FROM)?.id ?? null;
        throttles.push(await this.follow(manager, account, arrival, flagged));
      }
    }
    return throttles;
  }

  /** Weighs a prompt that was taken in before anew, after a second opinion on it was stored. */
  async reconsider(manager: EntityManager, account: WatchedAccount, event: PromptEvent): Promise<void> {
    const { userId } = account;
    const arrivals = await this.arrivals(manager, new Map([[userId, account]]), new Map([[userId, [event]]]));
    for (const arrival of arrivals.values()) await this.settle(manager, account, arrival);
  }

  /** Computes the state anew from all stored events: after a person took evidence away or let the account begin anew. */
  async recompute(manager: EntityManager, account: WatchedAccount): Promise<void> {
    const { userId, behaviour } = account;
    const events = (await this.accounts.eventsAfter(manager, new Map([[userId, null]]))).get(userId) ?? [];
    await this.settle(manager, account, replay({ state: behaviour.state, snapshots: [] }, events));
  }

  /** Lets time do its work, and carries out of the level what still is to be. */
  async advance(manager: EntityManager, account: WatchedAccount, now: number): Promise<void> {
    await this.settle(manager, account, sequel(advance(account.behaviour.state, now)));
  }

  /** Nearly all calls come in order: only where one did not, or a snapshot is due, is more read than the state. */
  private async arrivals(
    manager: EntityManager,
    accounts: ReadonlyMap<number, WatchedAccount>,
    eventsOf: ReadonlyMap<number, readonly PromptEvent[]>,
  ): Promise<Map<number, NewArrival>> {
    const arrivals = new Map<number, NewArrival>();
    const others = new Map<number, { record: AccountRecord; events: readonly PromptEvent[] }>();
    for (const [userId, { behaviour }] of accounts) {
      const events = eventsOf.get(userId) ?? [];
      if (isPlainSequel(behaviour, events)) arrivals.set(userId, sequel(follow(behaviour.state, events)));
      else others.set(userId, { record: { state: behaviour.state, snapshots: [] }, events });
    }
    const snapshots = await this.accounts.snapshots(manager, [...others.keys()]);
    const cursors = new Map<number, Cursor | null>();
    for (const [userId, other] of others) {
      other.record = { ...other.record, snapshots: snapshots.get(userId) ?? [] };
      const cursor = replayedFrom(other.record, other.events);
      if (cursor !== undefined) cursors.set(userId, cursor);
    }
    const stored = await this.accounts.eventsAfter(manager, cursors);
    for (const [userId, { record, events }] of others) {
      arrivals.set(userId, await takeIn(record, events, () => Promise.resolve(stored.get(userId) ?? [])));
    }
    return arrivals;
  }

  private async settle(manager: EntityManager, account: WatchedAccount, arrival: NewArrival): Promise<void> {
    await this.save(manager, new Map([[account.userId, arrival]]));
    await this.enforcement.throttle(manager, [await this.follow(manager, account, arrival)]);
  }

  private async save(manager: EntityManager, arrivals: ReadonlyMap<number, NewArrival>): Promise<void> {
    await this.accounts.saveBehaviours(manager, new Map([...arrivals].map(([userId, { record }]) => [userId, record])));
  }

  private follow(
    manager: EntityManager,
    account: WatchedAccount,
    { record, transitions }: NewArrival,
    flagged: string | null = null,
  ): Promise<Throttle | null> {
    return this.enforcement.follow(manager, account, { state: record.state, transitions, flagged });
  }
}

/** As {@link Arrival}; an account may keep the snapshots that it has. */
interface NewArrival extends Pick<Arrival, 'transitions'> {
  readonly record: NewBehaviour;
}

function sequel({ state, transitions }: Advanced): NewArrival {
  return { record: { state, snapshots: null }, transitions };
}

function promptEvent({
  requestId,
  admittedAt,
  fingerprint,
  shape,
  weight,
  client,
  verdict,
}: AssessedCall): PromptEvent {
  return {
    kind: 'prompt',
    at: Date.parse(admittedAt),
    id: requestId,
    fingerprint,
    shape,
    score: verdict.misuse.score,
    weight,
    client,
    excluded: false,
  };
}
