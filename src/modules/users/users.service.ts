import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, QueryFailedError } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { invalidRequest } from '../../common/errors/errors.js';
import { Config } from '../../config/config.js';
import { isUniqueViolation } from '../../database/postgres-errors.js';
import { accountTarget } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { isEmailAddress, normaliseEmail, normaliseUsername } from './identity.js';
import { PrincipalChanges } from './principals/principal-changes.service.js';
import { startingLimits } from './starting-limits.js';
import { isPossibleId, updateAccount, userNotFound } from './update-account.js';
import type { NewUser, UserAccount } from './user-account.js';
import { User } from './user.entity.js';

/** Accounts: opened and found. Erased accounts are never returned. What changes them is in `AccountChanges`. */
@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly limits: LimitsService,
    private readonly changes: PrincipalChanges,
    private readonly audit: AuditService,
    private readonly config: Config,
  ) {}

  /**
   * Opens an account together with its limits and whatever `alongside` adds (such as its first key), or nothing.
   * Throws 400 `Username already registered` or `Email already registered`, the username first.
   */
  async create<T>(
    account: NewUser,
    alongside: (manager: EntityManager, user: UserAccount) => Promise<T>,
  ): Promise<{ user: UserAccount; alongside: T }> {
    try {
      return await this.users.manager.transaction((manager) => this.createIn(manager, account, alongside));
    } catch (error) {
      if (error instanceof QueryFailedError && isUniqueViolation(error.driverError)) {
        await this.assertUnregistered(account);
      }
      throw error;
    }
  }

  /** As `create`, in the caller's transaction. A lost race for a name surfaces as the database's unique violation. */
  async createIn<T>(
    manager: EntityManager,
    account: NewUser,
    alongside: (manager: EntityManager, user: UserAccount) => Promise<T>,
  ): Promise<{ user: UserAccount; alongside: T }> {
    const inserted = await manager.insert(User, {
      username: account.username?.trim() ?? null,
      usernameNormalized: account.username === undefined ? null : normaliseUsername(account.username),
      email: account.email.trim(),
      emailNormalized: normaliseEmail(account.email),
      name: account.name ?? null,
      passwordHash: account.passwordHash ?? null,
      pictureUrl: account.google?.pictureUrl ?? null,
      googleSub: account.google?.sub ?? null,
      emailVerifiedAt: account.google === undefined ? null : () => 'now()',
      role: account.role ?? 'user',
      origin: account.origin,
    });
    const user = await manager.findOneByOrFail(User, { id: inserted.identifiers[0].id as number });
    await this.limits.openAccount(manager, user.id, startingLimits(account.origin, this.config.limits, account.limits));
    await this.audit.record(manager, {
      actor: account.actor,
      action: 'account.created',
      target: accountTarget(user.id),
      details: { origin: user.origin, role: user.role },
    });
    return { user, alongside: await alongside(manager, user) };
  }

  /** Throws the 400 of a name that is taken. A look before the costly part of a registration; the index decides. */
  async assertUnregistered(account: Pick<NewUser, 'email' | 'username'>): Promise<void> {
    if (account.username !== undefined) {
      const usernameNormalized = normaliseUsername(account.username);
      if (await this.users.existsBy({ usernameNormalized })) {
        throw invalidRequest('Username already registered', { code: 'username_taken', param: 'username' });
      }
    }
    if (await this.users.existsBy({ emailNormalized: normaliseEmail(account.email) })) {
      throw invalidRequest('Email already registered', { code: 'email_taken', param: 'email' });
    }
  }

  async findById(id: number, manager: EntityManager = this.users.manager): Promise<UserAccount | null> {
    return isPossibleId(id) ? manager.findOneBy(User, { id, deletedAt: IsNull() }) : null;
  }

  /** As `findById`, or 404 `User not found`. */
  async getById(id: number, manager?: EntityManager): Promise<UserAccount> {
    const user = await this.findById(id, manager);
    if (user === null) throw userNotFound();
    return user;
  }

  async findByPublicId(publicId: string): Promise<UserAccount | null> {
    return this.users.findOneBy({ publicId, deletedAt: IsNull() });
  }

  /** By username or e-mail address: an identifier with an `@` is an address. */
  async findByIdentifier(identifier: string): Promise<UserAccount | null> {
    return this.users.findOneBy({ ...identifiedBy(identifier), deletedAt: IsNull() });
  }

  /** What a login needs. The only way to read a password hash; it is null for accounts without a password. */
  async findForLogin(
    identifier: string,
    manager: EntityManager = this.users.manager,
  ): Promise<{ user: UserAccount; passwordHash: string | null } | null> {
    const user = await manager
      .createQueryBuilder(User, 'account')
      .addSelect('account.passwordHash')
      .where({ ...identifiedBy(identifier), deletedAt: IsNull() })
      .getOne();
    return user === null ? null : { user, passwordHash: user.passwordHash };
  }

  /** Accounts by id, oldest first. */
  async list(page: { skip: number; limit: number }): Promise<UserAccount[]> {
    return this.users.find({
      where: { deletedAt: IsNull() },
      order: { id: 'ASC' },
      skip: page.skip,
      take: page.limit,
    });
  }

  /** How many accounts there are; active ones can log in and call. */
  async count(): Promise<{ total: number; active: number; blocked: number }> {
    const [total, active, blocked] = await Promise.all([
      this.users.countBy({ deletedAt: IsNull() }),
      this.users.countBy({ deletedAt: IsNull(), isActive: true, isBlocked: false }),
      this.users.countBy({ deletedAt: IsNull(), isBlocked: true }),
    ]);
    return { total, active, blocked };
  }

  /** Ids of the accounts that were erased in the last hours. */
  async erasedWithin(hours: number): Promise<number[]> {
    const rows = await this.users.query<{ id: number }[]>(
      'SELECT id FROM users WHERE deleted_at > now() - make_interval(hours => $1)',
      [hours],
    );
    return rows.map(({ id }) => id);
  }

  /** Sets a password and ends every session. */
  async setPasswordHash(userId: number, passwordHash: string, manager?: EntityManager): Promise<UserAccount> {
    return this.change(userId, { passwordHash, sessionEpoch: () => 'session_epoch + 1' }, manager);
  }

  /** Ends every session of the account, on every replica. Throws 404. */
  async endSessions(userId: number, manager?: EntityManager): Promise<UserAccount> {
    return this.change(userId, { sessionEpoch: () => 'session_epoch + 1' }, manager);
  }

  /** Notes when accounts were last seen. Rows that somebody else has locked are left for the next time. */
  async markActive(userIds: readonly number[]): Promise<void> {
    await this.users.query(
      `UPDATE users SET last_active_at = now()
        WHERE id IN (SELECT id FROM users WHERE id = ANY($1::int[]) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)`,
      [userIds],
    );
  }

  private async change(
    userId: number,
    values: Parameters<typeof updateAccount>[2],
    manager?: EntityManager,
  ): Promise<UserAccount> {
    if (manager === undefined) {
      return this.changes.commit({ userId }, (transaction) => updateAccount(transaction, userId, values));
    }
    const user = await updateAccount(manager, userId, values);
    await this.changes.announce(manager, { userId });
    return user;
  }
}

function identifiedBy(identifier: string): { emailNormalized: string } | { usernameNormalized: string } {
  return isEmailAddress(identifier)
    ? { emailNormalized: normaliseEmail(identifier) }
    : { usernameNormalized: normaliseUsername(identifier) };
}
