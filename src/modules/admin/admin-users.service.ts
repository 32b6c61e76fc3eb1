import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/actor.js';
import { invalidRequest } from '../../common/errors/errors.js';
import { nanoUsdOf } from '../../common/money.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { CasesService } from '../misuse/cases/cases.service.js';
import { TasksService } from '../tasks/tasks.service.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { AccountChanges } from '../users/account-changes.service.js';
import { DeviationScoreReader } from '../users/deviation-score.reader.js';
import type { UserAccount, UserRole } from '../users/user-account.js';
import { UsersService } from '../users/users.service.js';
import type { BlockedUserResponseDto } from './dto/blocked-user-response.dto.js';
import type { CreatedUserResponseDto } from './dto/created-user-response.dto.js';
import type { CreateUserDto } from './dto/create-user.dto.js';
import type { OwnerProtectionDto } from './dto/owner-protection.dto.js';
import { DirectoryEntryDto } from './dto/directory-entry.dto.js';
import type { UnblockedUserResponseDto } from './dto/unblocked-user-response.dto.js';
import type { UpdateUserDto } from './dto/update-user.dto.js';
import { UserResponseDto } from './dto/user-response.dto.js';

interface Page {
  readonly skip: number;
  readonly limit: number;
}

const UNNAMED_REASON = 'Blocked by an administrator';
const UNNAMED_UNBLOCK = 'Unblocked by an administrator';

/** Accounts as administrators see and keep them: who they are, beside what they may and do use. Unknown ones are a 404. */
@Injectable()
export class AdminUsersService {
  constructor(
    private readonly users: UsersService,
    private readonly changes: AccountChanges,
    private readonly keys: ApiKeysService,
    private readonly limits: LimitsService,
    private readonly tasks: TasksService,
    private readonly deviations: DeviationScoreReader,
    private readonly cases: CasesService,
  ) {}

  /** Every account however it was made, oldest first. */
  async list(page: Page): Promise<UserResponseDto[]> {
    const users = await this.users.list(page);
    return this.describeAll(users);
  }

  /** As `list`, in ByteChat's shape. */
  async directory(page: Page): Promise<DirectoryEntryDto[]> {
    const users = await this.users.list(page);
    const quotas = await this.limits.describeMany(users.map((user) => user.id));
    return users.map((user) => DirectoryEntryDto.of(user, quotas.get(user.id)));
  }

  async get(userId: number): Promise<UserResponseDto> {
    return this.describe(await this.users.getById(userId));
  }

  /**
   * Opens an account without a password, with its first key and the general task. Throws 400 for an e-mail address that
   * is taken.
   */
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
          requestsPerMinute: wanted.requests_per_minute,
          requestsPerHour: wanted.requests_per_hour,
          ...protectionOf(wanted),
        },
        actor,
      },
      async (manager, { id }) => {
        await this.tasks.assignDefault(manager, id);
        return this.keys.issue({ userId: id, prefix: 'gh_', name: 'default', isDefault: true, actor }, manager);
      },
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
          requestsPerMinute: update.requests_per_minute,
          requestsPerHour: update.requests_per_hour,
          ...protectionOf(update),
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

  /** Lets an account in again, whatever it was blocked for; its scores begin anew. */
  async unblock(userId: number, actor: Actor): Promise<UnblockedUserResponseDto> {
    await this.cases.unblockAccount(userId, { actor, note: UNNAMED_UNBLOCK });
    const user = await this.users.getById(userId);
    return { user_id: user.id, blocked: user.isBlocked, unblocked_at: user.updatedAt };
  }

  private async describe(user: UserAccount): Promise<UserResponseDto> {
    const [described] = await this.describeAll([user]);
    return described;
  }

  private async describeAll(users: readonly UserAccount[]): Promise<UserResponseDto[]> {
    const ids = users.map((user) => user.id);
    const [quotas, deviations] = await Promise.all([this.limits.describeMany(ids), this.deviations.ofMany(ids)]);
    return users.map((user) => UserResponseDto.of(user, quotas.get(user.id), deviations.get(user.id) ?? null));
  }
}

function protectionOf(wanted: OwnerProtectionDto) {
  const { cost_per_day_usd: day, cost_per_month_usd: month } = wanted;
  return {
    costPerDayNanoUsd: day === undefined ? undefined : nanoUsdOf(day),
    costPerMonthNanoUsd: month === undefined ? undefined : nanoUsdOf(month),
    concurrentRequests: wanted.concurrent_requests,
    allowedModels: wanted.allowed_models,
  };
}

/** Throws 400 for something that administrators cannot do to themselves. */
export function assertNotOwn(userId: number, actor: Actor, action: string): void {
  if (actor.userId === userId) {
    throw invalidRequest(`An administrator cannot ${action} their own account`, { code: 'own_account' });
  }
}
