import { Body, Controller, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { PageQuery } from '../../common/http/page.query.js';
import { AssignmentView } from '../tasks/dto/assignment-view.dto.js';
import { ListedTask } from '../tasks/dto/listed-task.dto.js';
import { TaskAssignmentsService } from '../tasks/task-assignments.service.js';
import { TasksService } from '../tasks/tasks.service.js';
import { CreateTaskDto } from './dto/create-task.dto.js';
import { IntegerId } from './dto/integer-id.decorator.js';
import { KeptTask } from './dto/kept-task.dto.js';
import { TasksQuery } from './dto/tasks.query.js';
import { UpdateTaskDto } from './dto/update-task.dto.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/tasks')
export class AdminTasksController {
  constructor(
    private readonly tasks: TasksService,
    private readonly assignments: TaskAssignmentsService,
  ) {}

  /** Newest first. */
  @Get()
  async list(@Query() query: TasksQuery): Promise<ListedTask[]> {
    return this.tasks.search(query);
  }

  /** Any word is taken for an intent, as in Guardflow; `warnings` tells of those that no call is ever found to have. */
  @Post()
  @HttpCode(200)
  async create(@CurrentActor() actor: Actor, @Body() body: CreateTaskDto): Promise<KeptTask> {
    return KeptTask.of(await this.tasks.create(body, actor));
  }

  @Get(':id')
  async get(@IntegerId() id: number): Promise<KeptTask> {
    return KeptTask.of(await this.tasks.getById(id));
  }

  /** Changes what is given; `is_active: false` closes the task to new calls. */
  @Put(':id')
  async update(@CurrentActor() actor: Actor, @IntegerId() id: number, @Body() body: UpdateTaskDto): Promise<KeptTask> {
    return KeptTask.of(await this.tasks.update(id, body, actor));
  }

  @Get(':id/assignments')
  async assigned(@IntegerId() id: number, @Query() page: PageQuery): Promise<AssignmentView[]> {
    await this.tasks.getById(id);
    return this.assignments.search({ taskId: id, ...page });
  }
}
