import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { SYSTEM } from '../../common/actor.js';
import { Config } from '../../config/config.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { AccountChanges } from '../users/account-changes.service.js';
import type { WatchedAccount } from './accounts/watched-account.js';
import type { NewAlert } from './alerts/alert.js';
import { AlertsService } from './alerts/alerts.service.js';
import type { BehaviourState, Transition } from './behaviour/behaviour-state.js';
import { carriedLevel, heightOf } from './behaviour/fold.js';
import type { Level } from './behaviour/policy.js';
import type { NewCase } from './cases/case.js';
import { CasesRepository } from './cases/cases.repository.js';

/** How many requests a minute an account may make; null: as many as its limits say. */
export interface Throttle {
  readonly userId: number;
  readonly requestsPerMinute: number | null;
}

/** What became of an account's behaviour. */
export interface Development {
  readonly state: BehaviourState;
  /** In order; none when the level stayed. */
  readonly transitions: readonly Transition[];
  /** Request id of the newest flagged prompt that was just taken in; null for none. */
  readonly flagged: string | null;
}

/** A block that is wanted, and by which request, if by one. */
export type WantedBlock = Omit<NewCase, 'userId' | 'enforced'> & { readonly requestId?: string | null };

/**
 * Makes decisions real, or in shadow mode only writes them down. All of it in the transaction of the evidence, so that
 * nobody is blocked without a case, and no case without its evidence.
 */
@Injectable()
export class EnforcementService {
  private readonly logger = new Logger(EnforcementService.name);

  constructor(
    private readonly config: Config,
    private readonly changes: AccountChanges,
    private readonly limits: LimitsService,
    private readonly alerts: AlertsService,
    private readonly cases: CasesRepository,
  ) {}

  /** Whether decisions about the account are carried out. */
  actsOn(account: WatchedAccount): boolean {
    return this.config.misuse.mode === 'enforce' && account.isActedUpon;
  }

  /**
   * Carries out the level that the account has, once its new state is decided, also when it got there while nothing was
   * enforced. Such a block waits for the next flagged prompt; a throttle does not. The throttle itself is the caller's to
   * carry out, as the last thing in its transaction. Null: it stays as it is.
   */
  async follow(manager: EntityManager, before: WatchedAccount, development: Development): Promise<Throttle | null> {
    const { transitions } = development;
    await this.tell(manager, before, transitions);
    if (!before.exists) return null;
    // A block may have ended and another begun: each has a case of its own.
    const account = transitions.some(({ from }) => from === 'block') ? await this.lift(manager, before) : before;
    if (this.callsForBlock(account, development)) await this.blockForBehaviour(manager, account, development);
    return this.throttleFor(manager, account, development);
  }

  private callsForBlock(account: WatchedAccount, { state, transitions, flagged }: Development): boolean {
    if (state.level !== 'block') return false;
    if (transitions.some(({ to }) => to === 'block')) return true;
    return this.actsOn(account) && !account.isBlocked && flagged !== null && carriedLevel(state) === 'block';
  }

  private async tell(
    manager: EntityManager,
    account: WatchedAccount,
    transitions: readonly Transition[],
  ): Promise<void> {
    const enforced = this.actsOn(account);
    for (const transition of transitions) {
      await this.cases.note(manager, {
        userId: account.userId,
        kind: transition.to,
        at: transition.at,
        requestId: transition.eventId,
        enforced,
        details: { from: transition.from, suspicion: round(transition.suspicion), signal: transition.signal },
      });
      await this.alert(manager, account, transition, enforced);
    }
  }

  /**
   * Carries throttles out. They lock rows that admissions wait for: do it last, so that no request waits for the analysis.
   */
  async throttle(manager: EntityManager, throttles: readonly (Throttle | null)[]): Promise<void> {
    for (const throttle of throttles) {
      if (throttle !== null) await this.limits.throttle(manager, throttle.userId, throttle.requestsPerMinute);
    }
  }

  /**
   * Blocks an account and opens its case, or carries out the open one that was only written down. Answers with the case,
   * or null when one with this cause is open and nothing is left to do.
   */
  async block(
    manager: EntityManager,
    account: WatchedAccount,
    { requestId = null, ...wanted }: WantedBlock,
  ): Promise<string | null> {
    const enforced = this.actsOn(account);
    const { userId } = account;
    const opened = await this.cases.open(manager, { ...wanted, userId, enforced });
    const caseId = opened ?? (enforced ? await this.cases.enforce(manager, { ...wanted, userId, enforced }) : null);
    if (caseId === null) return null;
    await this.cases.note(manager, {
      userId,
      kind: opened === null ? 'case_enforced' : 'case_opened',
      caseId,
      requestId,
      enforced,
      details: { cause: wanted.cause, reason: wanted.reason, score: wanted.score },
    });
    if (enforced && !account.isBlocked) {
      await this.changes.block(userId, { reason: wanted.reason, caseId }, SYSTEM, manager);
    }
    this.logger.warn({ userId, caseId, cause: wanted.cause, enforced }, 'an account was blocked for misuse');
    return caseId;
  }

  private async blockForBehaviour(
    manager: EntityManager,
    account: WatchedAccount,
    { state, transitions, flagged }: Development,
  ): Promise<void> {
    // A change of level names its request and raises its alert by itself.
    const isLate = !transitions.some(({ to }) => to === 'block');
    const caseId = await this.block(manager, account, {
      cause: 'behaviour',
      reason: 'Automatic block: repeated misuse',
      score: round(state.suspicion),
      needsPerson: state.heldForPerson,
      requestId: isLate ? flagged : null,
    });
    if (caseId === null || !isLate) return;
    const metadata = { request_id: flagged, suspicion: round(state.suspicion), signal: 'suspicion', enforced: true };
    await this.alerts.raise(manager, { ...LEVEL_ALERTS.block, userId: account.userId, metadata });
  }

  /** Time has lifted a block: only its own, never one that somebody else decided. */
  private async lift(manager: EntityManager, account: WatchedAccount): Promise<WatchedAccount> {
    const { userId, caseId } = account;
    const closed = await this.cases.close(manager, userId, { state: 'lifted', cause: 'behaviour', closedBy: null });
    for (const id of closed) await this.cases.note(manager, { userId, kind: 'case_lifted', caseId: id });
    if (caseId === null || !closed.includes(caseId)) return account;
    await this.changes.unblock(userId, SYSTEM, manager);
    return { ...account, isBlocked: false, caseId: null };
  }

  /** What is to change about the account's throttle; an event says so where no change of level does. */
  private async throttleFor(
    manager: EntityManager,
    account: WatchedAccount,
    { state, transitions }: Development,
  ): Promise<Throttle | null> {
    const { userId, isBlocked, throttledPerMinute } = account;
    const level = isBlocked ? state.level : carriedLevel(state);
    const isDue = this.actsOn(account) && heightOf(level) >= heightOf('throttle');
    const requestsPerMinute = isDue ? this.config.misuse.throttledRequestsPerMinute : null;
    if (requestsPerMinute === throttledPerMinute) return null;
    if (transitions.length === 0) {
      const kind = requestsPerMinute === null ? 'throttle_lifted' : 'throttle_enforced';
      await this.cases.note(manager, { userId, kind, details: { level, requests_per_minute: requestsPerMinute } });
    }
    return { userId, requestsPerMinute };
  }

  private async alert(
    manager: EntityManager,
    { userId, exists }: WatchedAccount,
    { from, to, eventId, suspicion, signal }: Transition,
    enforced: boolean,
  ): Promise<void> {
    if (!exists || to === 'normal' || heightOf(to) < heightOf(from)) return;
    const kind = signal === 'crowd' ? CROWD_ALERT : LEVEL_ALERTS[to];
    const metadata = { request_id: eventId, suspicion: round(suspicion), signal, enforced };
    await this.alerts.raise(manager, { ...kind, userId, metadata });
  }
}

const CROWD_ALERT: Omit<NewAlert, 'userId'> = {
  type: 'key_sharing',
  severity: 'medium',
  title: 'Shared credentials',
  description: 'Several clients use this account at the same time, again and again.',
};

const LEVEL_ALERTS: Readonly<Record<Exclude<Level, 'normal'>, Omit<NewAlert, 'userId'>>> = {
  warn: {
    type: 'suspicious_content',
    severity: 'medium',
    title: 'Suspicious content',
    description: 'Several different prompts look like misuse.',
  },
  throttle: {
    type: 'misuse_throttled',
    severity: 'high',
    title: 'Throttled for misuse',
    description: 'Misuse goes on: fewer requests a minute are let through.',
  },
  block: {
    type: 'misuse_blocked',
    severity: 'critical',
    title: 'Blocked for misuse',
    description: 'Misuse went on after a warning and a throttle.',
  },
};

function round(score: number): number {
  return Math.round(score * 100) / 100;
}
