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
import { heightOf } from './behaviour/fold.js';
import type { Level } from './behaviour/policy.js';
import type { NewCase } from './cases/case.js';
import { CasesRepository } from './cases/cases.repository.js';

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

  /** Carries out changes of level, once the account's new state is decided. */
  async follow(
    manager: EntityManager,
    account: WatchedAccount,
    state: BehaviourState,
    transitions: readonly Transition[],
  ): Promise<void> {
    if (transitions.length === 0) return;
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
    if (!account.exists) return;
    const wasBlocked = transitions.some(({ from }) => from === 'block');
    if (state.level === 'block') await this.blockForBehaviour(manager, account, state);
    else if (wasBlocked) await this.lift(manager, account);
    if (enforced) await this.limits.throttle(manager, account.userId, this.throttleFor(state.level));
  }

  /** Blocks an account and opens its case. Answers with the case, or null when one with this cause is open. */
  async block(manager: EntityManager, account: WatchedAccount, wanted: Omit<NewCase, 'userId' | 'enforced'>) {
    const enforced = this.actsOn(account);
    const { userId } = account;
    const caseId = await this.cases.open(manager, { ...wanted, userId, enforced });
    if (caseId === null) return null;
    await this.cases.note(manager, {
      userId,
      kind: 'case_opened',
      caseId,
      enforced,
      details: { cause: wanted.cause, reason: wanted.reason, score: wanted.score },
    });
    if (enforced && !account.isBlocked) {
      await this.changes.block(userId, { reason: wanted.reason, caseId }, SYSTEM, manager);
    }
    this.logger.warn({ userId, caseId, cause: wanted.cause, enforced }, 'an account was blocked for misuse');
    return caseId;
  }

  private async blockForBehaviour(manager: EntityManager, account: WatchedAccount, state: BehaviourState) {
    const reason = 'Automatic block: repeated misuse';
    await this.block(manager, account, {
      cause: 'behaviour',
      reason,
      score: round(state.suspicion),
      needsPerson: state.heldForPerson,
    });
  }

  /** Time has lifted a block: only its own, never one that somebody else decided. */
  private async lift(manager: EntityManager, { userId, caseId }: WatchedAccount): Promise<void> {
    const closed = await this.cases.close(manager, userId, { state: 'lifted', cause: 'behaviour', closedBy: null });
    for (const id of closed) await this.cases.note(manager, { userId, kind: 'case_lifted', caseId: id });
    if (caseId !== null && closed.includes(caseId)) await this.changes.unblock(userId, SYSTEM, manager);
  }

  private throttleFor(level: Level): number | null {
    return heightOf(level) >= heightOf('throttle') ? this.config.misuse.throttledRequestsPerMinute : null;
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
