import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminBootstrapService } from './admin-bootstrap.service.js';
import { AdminLogsController } from './admin-logs.controller.js';
import { AdminTaskAssignmentsController } from './admin-task-assignments.controller.js';
import { AdminTasksController } from './admin-tasks.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AdminUsersService } from './admin-users.service.js';

/** What administrators see and do. Uses every other module; no module uses it. */
@Module({
  imports: [UsersModule, ApiKeysModule, AuthModule, UsageModule, TasksModule],
  controllers: [AdminUsersController, AdminLogsController, AdminTasksController, AdminTaskAssignmentsController],
  providers: [AdminUsersService, AdminBootstrapService],
  exports: [AdminBootstrapService],
})
export class AdminModule {}
