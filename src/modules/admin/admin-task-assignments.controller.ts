import { Body, Controller, Delete, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import type { AssignmentView } from '../tasks/task.js';
import { TaskAssignmentsService } from '../tasks/task-assignments.service.js';
import { CreateTaskAssignmentDto } from './dto/create-task-assignment.dto.js';
import { IntegerId } from './dto/integer-id.decorator.js';
import { TaskAssignmentsQuery } from './dto/task-assignments.query.js';
import { UpdateTaskAssignmentDto } from './dto/update-task-assignment.dto.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/task-assignments')
export class AdminTaskAssignmentsController {
  constructor(private readonly assignments: TaskAssignmentsService) {}

  /** Newest first. */
  @Get()
  async list(@Query() query: TaskAssignmentsQuery): Promise<AssignmentView[]> {
    return this.assignments.search({
      taskId: query.task_id,
      userId: query.user_id,
      limit: query.limit,
      skip: query.skip,
    });
  }

  @Post()
  @HttpCode(200)
  async assign(@CurrentActor() actor: Actor, @Body() body: CreateTaskAssignmentDto): Promise<AssignmentView> {
    return this.assignments.assign(
      { userId: body.user_id, taskId: body.task_id, progressNotes: body.progress_notes },
      actor,
    );
  }

  @Put(':id')
  async update(
    @CurrentActor() actor: Actor,
    @IntegerId() id: number,
    @Body() body: UpdateTaskAssignmentDto,
  ): Promise<AssignmentView> {
    return this.assignments.update(id, { status: body.status, progressNotes: body.progress_notes }, actor);
  }

  /** Ends the assignment: its calls stay in the books. */
  @Delete(':id')
  async cancel(@CurrentActor() actor: Actor, @IntegerId() id: number): Promise<{ message: string }> {
    await this.assignments.cancel(id, actor);
    return { message: 'Task assignment removed' };
  }
}
