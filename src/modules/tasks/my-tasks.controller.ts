import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Scope } from '../../common/decorators/scope.decorator.js';
import type { Principal } from '../../common/principal.js';
import type { MyTask } from './task.js';
import { TasksService } from './tasks.service.js';

@ApiTags('My account')
@ApiBearerAuth()
@ApiSecurity('api-key')
@Credentials('key', 'jwt')
@Scope('usage:read')
@Controller('api/v1/user')
export class MyTasksController {
  constructor(private readonly tasks: TasksService) {}

  /** The account's tasks and what it used under each. */
  @Get(['tasks', 'api-tasks'])
  async list(@CurrentPrincipal() principal: Principal): Promise<MyTask[]> {
    return this.tasks.ofUser(principal.userId);
  }
}
