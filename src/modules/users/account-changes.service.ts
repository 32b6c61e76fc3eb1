import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { invalidRequest } from '../../common/errors/errors.js';
import { accountTarget } from '../audit/audit-entry.js';
import type { AuditAction } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { differences } from '../audit/differences.js';
import { CreditsService } from '../usage/credits/credits.service.js';
import { ACCOUNT_LIMIT_NAMES } from '../usage/limits/account-limit-columns.js';
import type { AccountLimits } from '../usage/limits/account-limits.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { TimeZonesService } from '../usage/limits/time-zones.service.js';
import type { AccountTimeZone } from '../usage/limits/time-zones.service.js';
import { PrincipalChanges } from './principals/principal-changes.service.js';
import { assertPossibleId, updateAccount, userNotFound } from './update-account.js';
import type { UserAccount, UserRole } from './user-account.js';
import { User } from './user.entity.js';

/** Chosen once at random: only those who would leave one administrator fewer wait for each other. */
const ADMINISTRATORS_LOCK_ID = 5_120_933_047;

/** What is left out stays as it is; a null limit is no limit. */
export interface AccountUpdate {
  readonly name?: string;
  readonly isActive?: boolean;
  readonly limits?: Partial<AccountLimits>;
}

/**
 * Changes to who may come in and what they may use, each with its entry in the audit log. They take effect on every
 * replica within seconds. There is always an administrator left: whoever would block, close, demote or erase the last
 * one that is active gets 400 `last_administrator`, also when two of them try it on each other at once. An account that
 * is unknown or erased is a 404. With `manager` a change belongs to the caller's transaction.
 */
@Injectable()
export class AccountChanges {
  constructor(
    private readonly changes: PrincipalChanges,
    private readonly audit: AuditService,
    private readonly limits: LimitsService,
    private readonly credits: CreditsService,
    private readonly timeZones: TimeZonesService,
  ) {}

  /** Shuts an account out, keys and logins alike. Blocking again replaces the reason and keeps the case. */
  async block(
    userId: number,
    block: { reason: string; caseId?: string },
    actor: Actor,
    manager?: EntityManager,
  ): Promise<UserAccount> {
    return this.change(userId, manager, async (transaction, before) => {
      await this.assertDispensable(transaction, before);
      const after = await updateAccount(
        transaction,
        userId,
        {
          isBlocked: true,
          blockedReason: block.reason,
          blockedAt: () => 'now()',
          caseId: () => 'COALESCE(:caseId, CASE WHEN is_blocked THEN case_id END, gen_random_uuid())',
        },
        { caseId: block.caseId ?? null },
      );
      await this.tell(transaction, 'account.blocked', userId, actor, { reason: block.reason, caseId: after.caseId });
      return after;
    });
  }

  /** Lets a blocked account in again. */
  async unblock(userId: number, actor: Actor, manager?: EntityManager): Promise<UserAccount> {
    return this.change(userId, manager, async (transaction, before) => {
      if (!before.isBlocked) return before;
      await this.tell(transaction, 'account.unblocked', userId, actor, { caseId: before.caseId });
      return updateAccount(transaction, userId, {
        isBlocked: false,
        blockedReason: null,
        blockedAt: null,
        caseId: null,
      });
    });
  }

  /** Closes an account without erasing it: no key works, every session ends. */
  async deactivate(userId: number, actor: Actor, manager?: EntityManager): Promise<UserAccount> {
    return this.change(userId, manager, async (transaction, before) => {
      if (!before.isActive) return before;
      await this.assertDispensable(transaction, before);
      await this.tell(transaction, 'account.deactivated', userId, actor);
      return updateAccount(transaction, userId, { isActive: false, sessionEpoch: () => 'session_epoch + 1' });
    });
  }

  /** Opens a closed account again. Its keys work as before, its sessions stay ended. */
  async reactivate(userId: number, actor: Actor, manager?: EntityManager): Promise<UserAccount> {
    return this.change(userId, manager, async (transaction, before) => {
      if (before.isActive) return before;
      await this.tell(transaction, 'account.reactivated', userId, actor);
      return updateAccount(transaction, userId, { isActive: true });
    });
  }

  async changeRole(userId: number, role: UserRole, actor: Actor): Promise<UserAccount> {
    return this.change(userId, undefined, async (transaction, before) => {
      if (before.role === role) return before;
      await this.assertDispensable(transaction, before);
      await this.tell(transaction, 'account.role_changed', userId, actor, { from: before.role, to: role });
      return updateAccount(transaction, userId, { role });
    });
  }

  /** Renames, closes or opens an account and changes its limits: all of it or nothing. */
  async update(userId: number, update: AccountUpdate, actor: Actor): Promise<UserAccount> {
    return this.change(userId, undefined, async (transaction, before) => {
      if (update.isActive === true) await this.reactivate(userId, actor, transaction);
      if (update.isActive === false) await this.deactivate(userId, actor, transaction);
      if (update.name !== undefined && update.name !== before.name) {
        await this.tell(transaction, 'account.changed', userId, actor, { renamed: true });
        await updateAccount(transaction, userId, { name: update.name });
      }
      await this.changeLimits(transaction, userId, update.limits ?? {}, actor);
      return transaction.findOneByOrFail(User, { id: userId });
    });
  }

  /** Another time zone for the account's days and months, from the next ones on. Throws 400 for an unknown name. */
  async changeTimeZone(userId: number, timeZone: string, actor: Actor): Promise<AccountTimeZone> {
    return this.change(userId, undefined, async (transaction) => {
      const { before, after } = await this.timeZones.change(transaction, userId, timeZone);
      if (before.timeZone !== after.timeZone) {
        const details = { from: before.timeZone, to: after.timeZone };
        await this.tell(transaction, 'account.time_zone_changed', userId, actor, details);
      }
      return after;
    });
  }

  /**
   * Takes the person out of the account for good: names, addresses and logins go, and the e-mail address is free again.
   * What was used stays in the books under a pseudonym, which it resolves with.
   */
  async erase(manager: EntityManager, userId: number, actor: Actor): Promise<string> {
    const pseudonym = `erased-${userId}`;
    await this.change(userId, manager, async (transaction, before) => {
      await this.assertDispensable(transaction, before);
      const after = await updateAccount(transaction, userId, {
        username: null,
        usernameNormalized: null,
        email: `${pseudonym}@erased.invalid`,
        // Without an @ it is nobody's address: whoever registers the one above must not be in the way of an erasure.
        emailNormalized: pseudonym,
        emailVerifiedAt: null,
        googleSub: null,
        name: pseudonym,
        pictureUrl: null,
        passwordHash: null,
        role: 'user',
        isActive: false,
        blockedReason: null,
        sessionEpoch: () => 'session_epoch + 1',
      });
      await transaction.update(User, { id: userId }, { deletedAt: () => 'now()' });
      await this.tell(transaction, 'account.erased', userId, actor);
      return after;
    });
    return pseudonym;
  }

  private async changeLimits(
    manager: EntityManager,
    userId: number,
    limits: Partial<AccountLimits>,
    actor: Actor,
  ): Promise<void> {
    if (ACCOUNT_LIMIT_NAMES.every((limit) => limits[limit] === undefined)) return;
    if (limits.lifetimeTokens != null) {
      await this.credits.enterCorrectionTo(manager, userId, limits.lifetimeTokens, actor);
    }
    const { before, after } = await this.limits.changeLimits(manager, userId, limits);
    const changed = differences(before, after, ACCOUNT_LIMIT_NAMES);
    if (changed !== null) await this.tell(manager, 'account.limits_changed', userId, actor, changed);
  }

  /** Runs `work` with the account locked, and lets every replica know at the commit. */
  private async change<T>(
    userId: number,
    manager: EntityManager | undefined,
    work: (manager: EntityManager, before: UserAccount) => Promise<T>,
  ): Promise<T> {
    assertPossibleId(userId);
    if (manager === undefined) {
      return this.changes.commit({ userId }, (transaction) => this.lockAnd(transaction, userId, work));
    }
    const after = await this.lockAnd(manager, userId, work);
    await this.changes.announce(manager, { userId });
    return after;
  }

  private async lockAnd<T>(
    manager: EntityManager,
    userId: number,
    work: (manager: EntityManager, before: UserAccount) => Promise<T>,
  ): Promise<T> {
    const before = await manager.findOne(User, {
      where: { id: userId, deletedAt: IsNull() },
      lock: { mode: 'for_no_key_update' },
    });
    if (before === null) throw userNotFound();
    return work(manager, before);
  }

  /** Throws when the account is the last administrator that can act. Nobody else can cease to be one until the commit. */
  private async assertDispensable(manager: EntityManager, account: UserAccount): Promise<void> {
    if (account.role !== 'admin' || !account.isActive || account.isBlocked) return;
    await manager.query('SELECT pg_advisory_xact_lock($1)', [ADMINISTRATORS_LOCK_ID]);
    const [{ hasOther }] = await manager.query<{ hasOther: boolean }[]>(
      `SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND is_active AND NOT is_blocked AND deleted_at IS NULL
                         AND id <> $1) AS "hasOther"`,
      [account.id],
    );
    if (!hasOther) {
      throw invalidRequest('This is the last active administrator', { code: 'last_administrator' });
    }
  }

  private async tell(
    manager: EntityManager,
    action: AuditAction,
    userId: number,
    actor: Actor,
    details: Record<string, unknown> = {},
  ): Promise<void> {
    await this.audit.record(manager, { actor, action, target: accountTarget(userId), details });
  }
}
