import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/actor.js';
import { invalidRequest } from '../../common/errors/errors.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { AccountQuota } from '../usage/limits/account-limits.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { AccountChanges } from '../users/account-changes.service.js';
import type { UserAccount, UserRole } from '../users/user-account.js';
import { UsersService } from '../users/users.service.js';
import type { BlockedUserResponseDto } from './dto/blocked-user-response.dto.js';
import type { CreatedUserResponseDto } from './dto/created-user-response.dto.js';
import type { CreateUserDto } from './dto/create-user.dto.js';
import { DirectoryEntryDto } from './dto/directory-entry.dto.js';
import type { UnblockedUserResponseDto } from './dto/unblocked-user-response.dto.js';
import type { UpdateUserDto } from './dto/update-user.dto.js';
import { UserResponseDto } from './dto/user-response.dto.js';

interface Page {
  readonly skip: number;
  readonly limit: number;
}

const UNNAMED_REASON = 'Blocked by an administrator';

/** Accounts as administrators see and keep them: who they are, beside what they may and do use. Unknown ones are a 404. */
@Injectable()
export class AdminUsersService {
  constructor(
    private readonly users: UsersService,
    private readonly changes: AccountChanges,
    private readonly keys: ApiKeysService,
    private readonly limits: LimitsService,
  ) {}

  /** Every account however it was made, oldest first. */
  async list(page: Page): Promise<UserResponseDto[]> {
    return this.describeAll(page, (user, quota) => UserResponseDto.of(user, quota));
  }

  /** As `list`, in ByteChat's shape. */
  async directory(page: Page): Promise<DirectoryEntryDto[]> {
    return this.describeAll(page, (user, quota) => DirectoryEntryDto.of(user, quota));
  }

  async get(userId: number): Promise<UserResponseDto> {
    return this.describe(await this.users.getById(userId));
  }

  /** Opens an account without a password, and its first key. Throws 400 for an e-mail address that is taken. */
  async create(wanted: CreateUserDto, actor: Actor): Promise<CreatedUserResponseDto> {
    await this.users.assertUnregistered(wanted);
    const { user, alongside } = await this.users.create(
      {
        email: wanted.email,
        name: wanted.name,
        origin: 'admin',
        limits: {
          tokensPerDay: wanted.daily_quota,
          tokensPerMonth: wanted.monthly_quota,
          requestsPerHour: wanted.requests_per_hour,
        },
        actor,
      },
      (manager, { id }) =>
        this.keys.issue({ userId: id, prefix: 'gh_', name: 'default', isDefault: true, actor }, manager),
    );
    return { ...(await this.describe(user)), api_token: alongside.key };
  }

  /** Changes what is given, all of it or nothing. Throws 400 for closing one's own account, or the last administrator's. */
  async update(userId: number, update: UpdateUserDto, actor: Actor): Promise<UserResponseDto> {
    if (update.is_active === false) assertNotOwn(userId, actor, 'close');
    const user = await this.changes.update(
      userId,
      {
        name: update.name,
        isActive: update.is_active,
        limits: {
          tokensPerDay: update.daily_quota,
          tokensPerMonth: update.monthly_quota,
          lifetimeTokens: update.token_balance,
          requestsPerHour: update.requests_per_hour,
        },
      },
      actor,
    );
    return this.describe(user);
  }

  /** Throws 400 when no active administrator would be left. */
  async changeRole(userId: number, role: UserRole, actor: Actor): Promise<UserAccount> {
    return this.changes.changeRole(userId, role, actor);
  }

  /** Closes an account; its books and its name stay. Throws 400 for one's own, and for the last administrator's. */
  async deactivate(userId: number, actor: Actor): Promise<void> {
    assertNotOwn(userId, actor, 'close');
    await this.changes.deactivate(userId, actor);
  }

  /** Opens a closed account again. */
  async reactivate(userId: number, actor: Actor): Promise<void> {
    await this.changes.reactivate(userId, actor);
  }

  /** Shuts an account out within seconds, everywhere. Throws 400 for one's own, and for the last administrator's. */
  async block(userId: number, reason: string | undefined, actor: Actor): Promise<BlockedUserResponseDto> {
    assertNotOwn(userId, actor, 'block');
    const user = await this.changes.block(userId, { reason: reason ?? UNNAMED_REASON }, actor);
    return {
      user_id: user.id,
      blocked: user.isBlocked,
      reason: user.blockedReason,
      blocked_at: user.blockedAt,
      case_id: user.caseId,
    };
  }

  /** Lets an account in again. */
  async unblock(userId: number, actor: Actor): Promise<UnblockedUserResponseDto> {
    const user = await this.changes.unblock(userId, actor);
    return { user_id: user.id, blocked: user.isBlocked, unblocked_at: user.updatedAt };
  }

  private async describeAll<T>(
    page: Page,
    describe: (user: UserAccount, quota: AccountQuota | undefined) => T,
  ): Promise<T[]> {
    const users = await this.users.list(page);
    const quotas = await this.limits.describeMany(users.map((user) => user.id));
    return users.map((user) => describe(user, quotas.get(user.id)));
  }

  private async describe(user: UserAccount): Promise<UserResponseDto> {
    const quotas = await this.limits.describeMany([user.id]);
    return UserResponseDto.of(user, quotas.get(user.id));
  }
}

/** Throws 400 for something that administrators cannot do to themselves. */
export function assertNotOwn(userId: number, actor: Actor, action: string): void {
  if (actor.userId === userId) {
    throw invalidRequest(`An administrator cannot ${action} their own account`, { code: 'own_account' });
  }
}
