import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, QueryFailedError } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { invalidRequest, notFound } from '../../common/errors/errors.js';
import { Config } from '../../config/config.js';
import { isUniqueViolation } from '../../database/postgres-errors.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { isEmailAddress, normaliseEmail, normaliseUsername } from './identity.js';
import { PrincipalChanges } from './principals/principal-changes.service.js';
import { startingLimits } from './starting-limits.js';
import type { NewUser, UserAccount } from './user-account.js';
import { User } from './user.entity.js';

const LARGEST_ID = 2_147_483_647;

/** Accounts: opened, found, blocked and closed. Erased accounts are never returned. */
@Injectable()
export class UsersService {
  constructor(
    @InjectRepository(User) private readonly users: Repository<User>,
    private readonly limits: LimitsService,
    private readonly changes: PrincipalChanges,
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
      role: account.role ?? 'user',
      origin: account.origin,
    });
    const user = await manager.findOneByOrFail(User, { id: inserted.identifiers[0].id as number });
    await this.limits.openAccount(manager, user.id, startingLimits(account.origin, this.config.limits, account.limits));
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
    if (user === null) {
      throw notFound('User not found', { code: 'user_not_found' });
    }
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

  /**
   * Shuts an account out, keys and logins alike, on every replica. Blocking again replaces the reason and keeps the case.
   * With `manager` the change belongs to the caller's transaction. Throws 404.
   */
  async block(
    userId: number,
    block: { reason: string; caseId?: string },
    manager?: EntityManager,
  ): Promise<UserAccount> {
    return this.change(
      userId,
      {
        isBlocked: true,
        blockedReason: block.reason,
        blockedAt: () => 'now()',
        caseId: () => 'COALESCE(:caseId, CASE WHEN is_blocked THEN case_id END, gen_random_uuid())',
      },
      { caseId: block.caseId ?? null },
      manager,
    );
  }

  /** Lets a blocked account in again. Throws 404. */
  async unblock(userId: number, manager?: EntityManager): Promise<UserAccount> {
    return this.change(userId, { isBlocked: false, blockedReason: null, blockedAt: null, caseId: null }, {}, manager);
  }

  /** Closes an account without erasing it: no key works, every session ends. Throws 404. */
  async deactivate(userId: number): Promise<UserAccount> {
    return this.change(userId, { isActive: false, sessionEpoch: () => 'session_epoch + 1' });
  }

  /** Sets a password and ends every session. */
  async setPasswordHash(userId: number, passwordHash: string, manager?: EntityManager): Promise<UserAccount> {
    return this.change(userId, { passwordHash, sessionEpoch: () => 'session_epoch + 1' }, {}, manager);
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
    values: Parameters<ReturnType<EntityManager['createQueryBuilder']>['update']>[1],
    parameters: Record<string, unknown> = {},
    manager?: EntityManager,
  ): Promise<UserAccount> {
    if (!isPossibleId(userId)) {
      throw notFound('User not found', { code: 'user_not_found' });
    }
    const apply = async (transaction: EntityManager): Promise<UserAccount> => {
      const result = await transaction
        .createQueryBuilder()
        .update(User)
        .set({ ...values })
        .where('id = :userId AND deleted_at IS NULL', { userId })
        .setParameters(parameters)
        .execute();
      if (result.affected !== 1) {
        throw notFound('User not found', { code: 'user_not_found' });
      }
      return transaction.findOneByOrFail(User, { id: userId });
    };
    if (manager === undefined) {
      return this.changes.commit({ userId }, apply);
    }
    const user = await apply(manager);
    await this.changes.announce(manager, { userId });
    return user;
  }
}

function identifiedBy(identifier: string): { emailNormalized: string } | { usernameNormalized: string } {
  return isEmailAddress(identifier)
    ? { emailNormalized: normaliseEmail(identifier) }
    : { usernameNormalized: normaliseUsername(identifier) };
}

/** Ids outside the column's range name nobody, and Postgres would refuse to compare them. */
function isPossibleId(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id <= LARGEST_ID;
}
