import { Body, Controller, Get, Param, ParseUUIDPipe, Patch } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { unprocessable } from '../../common/errors/errors.js';
import { SubjectLimitsView } from '../usage/limits/subject-limits-view.dto.js';
import { AdminLimitsService } from './admin-limits.service.js';
import { IntegerId } from './dto/integer-id.decorator.js';
import { SubjectLimitsDto } from './dto/subject-limits.dto.js';
import { UserId } from './user-id.decorator.js';

const KeyId = () =>
  Param(
    'keyId',
    new ParseUUIDPipe({
      exceptionFactory: () => unprocessable('keyId must be a UUID', { code: 'invalid_id', param: 'keyId' }),
    }),
  );

@ApiTags('Administration: money')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/users/:id')
export class AdminLimitsController {
  constructor(private readonly limits: AdminLimitsService) {}

  /** Every limit of the account, and of those of its keys and tasks that have any, with what is used of it. */
  @Get('limits')
  async list(@UserId() userId: number): Promise<SubjectLimitsView[]> {
    return this.limits.ofAccount(userId);
  }

  @Get('api-keys/:keyId/limits')
  async ofKey(@UserId() userId: number, @KeyId() keyId: string): Promise<SubjectLimitsView> {
    return this.limits.ofKey(userId, keyId);
  }

  /** What is left out stays as it is; null takes a limit away. */
  @Patch('api-keys/:keyId/limits')
  async changeKey(
    @CurrentActor() actor: Actor,
    @UserId() userId: number,
    @KeyId() keyId: string,
    @Body() body: SubjectLimitsDto,
  ): Promise<SubjectLimitsView> {
    return this.limits.changeKey(userId, keyId, body, actor);
  }

  /** Limits of what this account does under the task. */
  @Get('tasks/:taskId/limits')
  async ofTask(@UserId() userId: number, @IntegerId('taskId') taskId: number): Promise<SubjectLimitsView> {
    return this.limits.ofTask(userId, taskId);
  }

  /** What is left out stays as it is; null takes a limit away. */
  @Patch('tasks/:taskId/limits')
  async changeTask(
    @CurrentActor() actor: Actor,
    @UserId() userId: number,
    @IntegerId('taskId') taskId: number,
    @Body() body: SubjectLimitsDto,
  ): Promise<SubjectLimitsView> {
    return this.limits.changeTask(userId, taskId, body, actor);
  }
}
