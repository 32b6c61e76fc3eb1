import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { isUUID } from 'class-validator';
import type { Actor } from '../../../common/actor.js';
import { conflict, invalidRequest, notFound } from '../../../common/errors/errors.js';
import { DatabaseClock } from '../../../database/database-clock.js';
import { accountTarget } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';
import { LimitsService } from '../../usage/limits/limits.service.js';
import { AccountChanges } from '../../users/account-changes.service.js';
import { PrincipalChanges } from '../../users/principals/principal-changes.service.js';
import { UsersService } from '../../users/users.service.js';
import type { WatchedAccount } from '../accounts/watched-account.js';
import { WatchedAccountsRepository } from '../accounts/watched-accounts.repository.js';
import { BehaviourService } from '../behaviour.service.js';
import { NO_DEVIATION } from '../deviation/deviation-score.js';
import type { CaseDetail } from './case-detail.dto.js';
import type { CaseView } from './case-view.dto.js';
import type { CaseState } from './case.js';
import { asOwnCase } from './own-case.js';
import { CasesRepository } from './cases.repository.js';
import type { MyCase } from './my-case.dto.js';

/** A person's decision about an account: who, and why. */
export interface Decision {
  readonly actor: Actor;
  readonly note: string;
}

/** Blocks and what becomes of them: reviewed by administrators, appealed by their accounts. */
@Injectable()
export class CasesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cases: CasesRepository,
    private readonly accounts: WatchedAccountsRepository,
    private readonly behaviour: BehaviourService,
    private readonly users: UsersService,
    private readonly changes: AccountChanges,
    private readonly principals: PrincipalChanges,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
    private readonly clock: DatabaseClock,
  ) {}

  /** Newest first. */
  async search(search: { state?: CaseState; userId?: number; limit: number; skip: number }): Promise<CaseView[]> {
    return this.cases.search(search);
  }

  /** Throws 404. */
  async getById(caseId: string): Promise<CaseDetail> {
    const found = isUUID(caseId) ? await this.cases.detail(caseId) : null;
    if (found === null) throw unknownCase();
    return found;
  }

  /** Lets the account of a case in again and begin anew. Throws 404, and 400 for a case that is closed. */
  async unblock(caseId: string, decision: Decision): Promise<CaseDetail> {
    return this.decide(caseId, 'unblocked', decision);
  }

  /** As `unblock`, and says that there was nothing in it: the case's evidence no longer counts. */
  async dismiss(caseId: string, decision: Decision): Promise<CaseDetail> {
    return this.decide(caseId, 'dismissed', decision);
  }

  /** Lets an account in again whatever it was blocked for; its scores begin anew. Throws 404. */
  async unblockAccount(userId: number, decision: Decision): Promise<void> {
    await this.users.getById(userId);
    await this.withAccount(userId, (manager, account) => this.letIn(manager, account, 'unblocked', decision));
  }

  /** Blocks an account by a person's decision. Throws 404, and 400 for the last active administrator. */
  async blockAccount(userId: number, { actor, note }: Decision): Promise<void> {
    await this.withAccount(userId, async (manager) => {
      const { caseId } = await this.changes.block(userId, { reason: note }, actor, manager);
      if (caseId !== null) await this.cases.openManual(manager, userId, caseId);
      await this.cases.note(manager, {
        userId,
        kind: 'blocked_by_person',
        caseId,
        actorId: actor.userId,
        details: { note },
      });
    });
  }

  /**
   * Says that the block of a case stands, by which an appeal is decided: `upheld`, with an answer that the account is shown.
   * Without an appeal the state stays, as one may still come. Its evidence counts as confirmed, and the account can be let in
   * later. Throws 404, and 400 with `case_closed`, or with `already_confirmed` when there is nothing new to decide.
   */
  async confirm(caseId: string, { actor, note, answer }: Decision & { answer: string | null }): Promise<CaseDetail> {
    const { user_id: userId } = await this.getById(caseId);
    await this.withAccount(userId, async (manager) => {
      await this.assertOpen(manager, caseId);
      const { userId: actorId } = actor;
      const upheld = await this.cases.uphold(manager, caseId, { upheldBy: actorId, answer });
      if (!upheld && (await this.cases.isConfirmed(manager, userId, caseId))) {
        throw invalidRequest('This case has been confirmed already', { code: 'already_confirmed' });
      }
      const [kind, details] = upheld ? (['upheld', { note, answer }] as const) : (['confirmed', { note }] as const);
      await this.cases.note(manager, { userId, kind, caseId, actorId, details });
      await this.audit.record(manager, {
        actor,
        action: upheld ? 'misuse.block_upheld' : 'misuse.block_confirmed',
        target: accountTarget(userId),
        details: { caseId },
      });
    });
    return this.getById(caseId);
  }

  /** Takes a prompt out of the evidence and computes the score again. A second time changes nothing. Throws 404. */
  async markFalsePositive(userId: number, requestId: string, { actor, note }: Decision): Promise<void> {
    await this.withAccount(userId, async (manager, account) => {
      const found = isUUID(requestId) ? await this.cases.exclude(manager, userId, requestId, actor.userId) : null;
      if (found === null) throw notFound('Request not found', { code: 'request_not_found' });
      if (!found.isNew) return;
      await this.audit.record(manager, {
        actor,
        action: 'misuse.evidence_excluded',
        target: accountTarget(userId),
        details: { requestId },
      });
      await this.cases.note(manager, {
        userId,
        kind: 'false_positive',
        requestId,
        actorId: actor.userId,
        details: { note },
      });
      await this.behaviour.recompute(manager, account);
    });
  }

  /**
   * Allow-lists an account, or ends that: its decisions are written down and not carried out. When it ends, the account is
   * throttled at once if its level says so, and blocked with its next flagged prompt. Throws 404.
   */
  async setExempt(userId: number, exempt: boolean, { actor, note }: Decision): Promise<void> {
    await this.users.getById(userId);
    await this.withAccount(userId, async (manager) => {
      await manager.query('UPDATE misuse_states SET is_exempt = $2, updated_at = now() WHERE user_id = $1', [
        userId,
        exempt,
      ]);
      await this.audit.record(manager, {
        actor,
        action: 'misuse.exemption_changed',
        target: accountTarget(userId),
        details: { exempt },
      });
      await this.cases.note(manager, {
        userId,
        kind: exempt ? 'exempted' : 'watched_again',
        actorId: actor.userId,
        details: { note },
      });
      const [account] = (await this.accounts.lock(manager, [userId])).values();
      await this.behaviour.advance(manager, account, this.clock.now());
    });
  }

  /** The account's own case: the open one, else the last. Throws 404 when there was none. */
  async ofUser(userId: number): Promise<MyCase> {
    const { isBlocked, caseId } = await this.users.getById(userId);
    // A block by way of the accounts' administration has an id and no case yet.
    if (isBlocked && caseId !== null) await this.cases.openManual(this.dataSource.manager, userId, caseId);
    const found = await this.cases.latestOf(userId);
    if (found === null) throw notFound('There is no case about your account', { code: 'case_not_found' });
    return asOwnCase(found);
  }

  /**
   * Throws 404 without a case; 400 with `case_closed`, or with `already_appealed` when an appeal waits; 409 with
   * `appeal_decided` when it was decided that the block stands.
   */
  async appeal(userId: number, text: string): Promise<MyCase> {
    const { id } = await this.ofUser(userId);
    await this.dataSource.transaction(async (manager) => {
      if (!(await this.cases.appeal(manager, id, text))) {
        throw await this.whyNoAppeal(manager, id);
      }
      await this.cases.note(manager, { userId, kind: 'appealed', caseId: id, actorId: userId, details: { text } });
    });
    return this.ofUser(userId);
  }

  private async decide(
    caseId: string,
    state: Extract<CaseState, 'unblocked' | 'dismissed'>,
    decision: Decision,
  ): Promise<CaseDetail> {
    const { user_id: userId } = await this.getById(caseId);
    await this.withAccount(userId, async (manager, account) => {
      await this.assertOpen(manager, caseId);
      if (state === 'dismissed') await this.excludeEvidence(manager, userId, caseId, decision.actor.userId);
      await this.letIn(manager, account, state, decision);
    });
    return this.getById(caseId);
  }

  private async assertOpen(manager: EntityManager, caseId: string): Promise<void> {
    const current = await this.cases.find(caseId, manager);
    if (current?.closed_at != null) throw closedCase();
  }

  /** A closed case is told of as closed, appealed or not: what it asked for is decided. */
  private async whyNoAppeal(manager: EntityManager, caseId: string): Promise<Error> {
    const current = await this.cases.find(caseId, manager);
    if (current?.closed_at != null) return closedCase();
    if (current?.state === 'upheld') {
      return conflict('The appeal in this case was decided: the block stands', { code: 'appeal_decided' });
    }
    return invalidRequest('This case has been appealed already', { code: 'already_appealed' });
  }

  private async excludeEvidence(manager: EntityManager, userId: number, caseId: string, actorId: number | null) {
    await manager.query(
      `UPDATE misuse_assessments SET excluded_at = now(), excluded_by = $3
        WHERE user_id = $1 AND excluded_at IS NULL AND request_id IN (
          SELECT (item ->> 'request_id')::uuid FROM misuse_cases, jsonb_array_elements(evidence) item WHERE id = $2)`,
      [userId, caseId, actorId],
    );
  }

  private async letIn(
    manager: EntityManager,
    account: WatchedAccount,
    state: Extract<CaseState, 'unblocked' | 'dismissed'>,
    { actor, note }: Decision,
  ): Promise<void> {
    const { userId } = account;
    const { userId: actorId } = actor;
    const closed = await this.cases.close(manager, userId, { state, closedBy: actorId });
    const details = { note, cases: closed };
    await this.cases.note(manager, { userId, kind: state, caseId: closed[0] ?? account.caseId, actorId, details });
    await this.cases.note(manager, { userId, kind: 'reset', actorId, details: { note } });
    await this.accounts.saveDeviations(manager, new Map([[userId, { ...NO_DEVIATION, at: this.clock.now() }]]));
    await this.behaviour.recompute(manager, account);
    await this.changes.unblock(userId, actor, manager);
    await this.audit.record(manager, {
      actor,
      action: 'misuse.scores_reset',
      target: accountTarget(userId),
      details: { cases: closed, state },
    });
    await this.limits.throttle(manager, userId, null);
  }

  private async withAccount(
    userId: number,
    work: (manager: EntityManager, account: WatchedAccount) => Promise<void>,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const account = (await this.accounts.lock(manager, [userId])).get(userId);
      if (account?.exists !== true) throw notFound('User not found', { code: 'user_not_found' });
      await work(manager, account);
    });
    this.principals.forget({ userId });
  }
}

function closedCase() {
  return invalidRequest('This case is closed', { code: 'case_closed' });
}

function unknownCase() {
  return notFound('Case not found', { code: 'case_not_found' });
}
