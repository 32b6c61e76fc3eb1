import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { MyTasksController } from './my-tasks.controller.js';
import { TaskAssignmentsService } from './task-assignments.service.js';
import { TasksService } from './tasks.service.js';

/** What accounts work on. It knows accounts by their ids. */
@Module({
  imports: [AuditModule],
  controllers: [MyTasksController],
  providers: [TasksService, TaskAssignmentsService],
  exports: [TasksService, TaskAssignmentsService],
})
export class TasksModule {}
