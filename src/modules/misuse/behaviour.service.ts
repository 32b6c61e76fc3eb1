import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { WatchedAccount } from './accounts/watched-account.js';
import { WatchedAccountsRepository } from './accounts/watched-accounts.repository.js';
import type { AssessedCall } from './assessment.js';
import { advance } from './behaviour/advance.js';
import type { PromptEvent } from './behaviour/behaviour-event.js';
import { FLAGGED_FROM } from './behaviour/calibration.js';
import { replay, takeIn } from './behaviour/timeline.js';
import type { Arrival } from './behaviour/timeline.js';
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
    const arrivals = new Map<number, Arrival>();
    const lastFlagged = new Map<number, string | null>();
    for (const [userId, { behaviour }] of accounts) {
      const events = (callsOf.get(userId) ?? []).map(promptEvent);
      const arrival = await takeIn(behaviour, events, (cursor) => this.accounts.eventsAfter(manager, userId, cursor));
      arrivals.set(userId, arrival);
      lastFlagged.set(userId, events.findLast(({ score }) => score >= FLAGGED_FROM)?.id ?? null);
    }
    await this.save(manager, arrivals);
    const throttles: (Throttle | null)[] = [];
    for (const [userId, account] of accounts) {
      const arrival = arrivals.get(userId);
      if (arrival !== undefined) {
        throttles.push(await this.follow(manager, account, arrival, lastFlagged.get(userId) ?? null));
      }
    }
    return throttles;
  }

  /** Weighs a prompt that was taken in before anew, after a second opinion on it was stored. */
  async reconsider(manager: EntityManager, account: WatchedAccount, event: PromptEvent): Promise<void> {
    const arrival = await takeIn(account.behaviour, [event], (cursor) =>
      this.accounts.eventsAfter(manager, account.userId, cursor),
    );
    await this.enforcement.throttle(manager, [await this.settle(manager, account, arrival)]);
  }

  /** Computes the state anew from all stored events: after a person took evidence away or let the account begin anew. */
  async recompute(manager: EntityManager, account: WatchedAccount): Promise<void> {
    const events = await this.accounts.eventsAfter(manager, account.userId, null);
    await this.enforcement.throttle(manager, [await this.settle(manager, account, replay(account.behaviour, events))]);
  }

  /** Lets time do its work, and carries out of the level what still is to be. */
  async advance(manager: EntityManager, account: WatchedAccount, now: number): Promise<void> {
    const { state, snapshots } = account.behaviour;
    const advanced = advance(state, now);
    const arrival = { record: { state: advanced.state, snapshots }, transitions: advanced.transitions };
    await this.enforcement.throttle(manager, [await this.settle(manager, account, arrival)]);
  }

  private async settle(manager: EntityManager, account: WatchedAccount, arrival: Arrival): Promise<Throttle | null> {
    await this.save(manager, new Map([[account.userId, arrival]]));
    return this.follow(manager, account, arrival);
  }

  private async save(manager: EntityManager, arrivals: ReadonlyMap<number, Arrival>): Promise<void> {
    await this.accounts.saveBehaviours(manager, new Map([...arrivals].map(([userId, { record }]) => [userId, record])));
  }

  private follow(
    manager: EntityManager,
    account: WatchedAccount,
    { record, transitions }: Arrival,
    flagged: string | null = null,
  ): Promise<Throttle | null> {
    return this.enforcement.follow(manager, account, { state: record.state, transitions, flagged });
  }
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
