import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../common/errors/errors.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { TasksService } from '../tasks/tasks.service.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { DeviationScoreReader } from '../users/deviation-score.reader.js';
import { CasesService } from '../misuse/cases/cases.service.js';
import { UsersService } from '../users/users.service.js';
import type { BlockedUserResponseDto } from './dto/blocked-user-response.dto.js';
import type { CreatedUserResponseDto } from './dto/created-user-response.dto.js';
import type { CreateUserDto } from './dto/create-user.dto.js';
import type { UnblockedUserResponseDto } from './dto/unblocked-user-response.dto.js';
import { UserResponseDto } from './dto/user-response.dto.js';

const UNNAMED_REASON = 'Blocked by an administrator';
const UNNAMED_UNBLOCK = 'Unblocked by an administrator';

/** Accounts as administrators see and keep them: who they are, beside what they may and do use. */
@Injectable()
export class AdminUsersService {
  constructor(
    private readonly users: UsersService,
    private readonly keys: ApiKeysService,
    private readonly limits: LimitsService,
    private readonly tasks: TasksService,
    private readonly deviations: DeviationScoreReader,
    private readonly cases: CasesService,
  ) {}

  /** Every account however it was made, oldest first. */
  async list(page: { skip: number; limit: number }): Promise<UserResponseDto[]> {
    const users = await this.users.list(page);
    const ids = users.map((user) => user.id);
    const [quotas, deviations] = await Promise.all([this.limits.describeMany(ids), this.deviations.ofMany(ids)]);
    return users.map((user) => UserResponseDto.of(user, quotas.get(user.id), deviations.get(user.id) ?? null));
  }

  /** Opens an account without a password, its first key, and its assignment to the general task. Throws 400 for an e-mail address that is taken. */
  async create(wanted: CreateUserDto): Promise<CreatedUserResponseDto> {
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
      },
      async (manager, { id }) => {
        await this.tasks.assignDefault(manager, id);
        return this.keys.issue({ userId: id, prefix: 'gh_', name: 'default', isDefault: true }, manager);
      },
    );
    const quotas = await this.limits.describeMany([user.id]);
    return { ...UserResponseDto.of(user, quotas.get(user.id), null), api_token: alongside.key };
  }

  /** Shuts an account out within seconds, everywhere. Throws 404, and 400 for the administrator's own account. */
  async block(administratorId: number, userId: number, reason: string | undefined): Promise<BlockedUserResponseDto> {
    if (administratorId === userId) {
      throw invalidRequest('An administrator cannot block their own account', { code: 'own_account' });
    }
    const user = await this.users.block(userId, { reason: reason ?? UNNAMED_REASON });
    return {
      user_id: user.id,
      blocked: user.isBlocked,
      reason: user.blockedReason,
      blocked_at: user.blockedAt,
      case_id: user.caseId,
    };
  }

  /** Lets an account in again, whatever it was blocked for; its scores begin anew. Throws 404. */
  async unblock(administratorId: number, userId: number): Promise<UnblockedUserResponseDto> {
    await this.cases.unblockAccount(userId, { actorId: administratorId, note: UNNAMED_UNBLOCK });
    const user = await this.users.getById(userId);
    return { user_id: user.id, blocked: user.isBlocked, unblocked_at: user.updatedAt };
  }
}
