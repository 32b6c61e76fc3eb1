import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/actor.js';
import { nanoUsdOf } from '../../common/money.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { TasksService } from '../tasks/tasks.service.js';
import { LimitsOverviewService } from '../usage/limits/limits-overview.service.js';
import { SubjectLimitsService } from '../usage/limits/subject-limits.service.js';
import type { SubjectLimitsView } from '../usage/limits/subject-limits-view.dto.js';
import type { SubjectLimits } from '../usage/limits/subject-limits.js';
import { UsersService } from '../users/users.service.js';
import type { SubjectLimitsDto } from './dto/subject-limits.dto.js';

/** Limits below the account. Unknown accounts, keys and tasks are a 404. */
@Injectable()
export class AdminLimitsService {
  constructor(
    private readonly users: UsersService,
    private readonly keys: ApiKeysService,
    private readonly tasks: TasksService,
    private readonly overview: LimitsOverviewService,
    private readonly limits: SubjectLimitsService,
  ) {}

  async ofAccount(userId: number): Promise<SubjectLimitsView[]> {
    await this.users.getById(userId);
    return this.overview.describe(userId);
  }

  async ofKey(userId: number, keyId: string): Promise<SubjectLimitsView> {
    const key = await this.keys.get(userId, keyId);
    return this.overview.describeOne(userId, 'key', key.id);
  }

  async changeKey(userId: number, keyId: string, body: SubjectLimitsDto, actor: Actor): Promise<SubjectLimitsView> {
    const key = await this.keys.get(userId, keyId);
    const target = { kind: 'api_key', id: key.publicId, userId } as const;
    await this.limits.change({ userId, subject: 'key', subjectId: key.id, target }, limitsOf(body), actor);
    return this.overview.describeOne(userId, 'key', key.id);
  }

  async ofTask(userId: number, taskId: number): Promise<SubjectLimitsView> {
    await this.users.getById(userId);
    const task = await this.tasks.getById(taskId);
    return this.overview.describeOne(userId, 'task', task.id);
  }

  async changeTask(userId: number, taskId: number, body: SubjectLimitsDto, actor: Actor): Promise<SubjectLimitsView> {
    await this.users.getById(userId);
    const task = await this.tasks.getById(taskId);
    const target = { kind: 'task', id: String(task.id), userId } as const;
    await this.limits.change({ userId, subject: 'task', subjectId: task.id, target }, limitsOf(body), actor);
    return this.overview.describeOne(userId, 'task', task.id);
  }
}

function limitsOf(body: SubjectLimitsDto): Partial<SubjectLimits> {
  return {
    requestsPerMinute: body.requests_per_minute,
    requestsPerHour: body.requests_per_hour,
    tokensPerDay: body.tokens_per_day,
    tokensPerMonth: body.tokens_per_month,
    lifetimeTokens: body.lifetime_tokens,
    costPerDayNanoUsd: costOf(body.cost_per_day_usd),
    costPerMonthNanoUsd: costOf(body.cost_per_month_usd),
    lifetimeCostNanoUsd: costOf(body.lifetime_cost_usd),
  };
}

function costOf(usd: number | null | undefined): number | null | undefined {
  return usd === undefined ? undefined : nanoUsdOf(usd);
}
