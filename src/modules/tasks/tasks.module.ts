import { Module } from '@nestjs/common';
import { MyTasksController } from './my-tasks.controller.js';
import { TaskAssignmentsService } from './task-assignments.service.js';
import { TasksService } from './tasks.service.js';

/** What accounts work on. A leaf: it knows accounts by their ids. */
@Module({
  controllers: [MyTasksController],
  providers: [TasksService, TaskAssignmentsService],
  exports: [TasksService, TaskAssignmentsService],
})
export class TasksModule {}
