import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { MisuseReviewModule } from '../misuse/misuse-review.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminAlertsController } from './admin-alerts.controller.js';
import { AdminAlertsService } from './admin-alerts.service.js';
import { AdminBootstrapService } from './admin-bootstrap.service.js';
import { AdminCasesController } from './admin-cases.controller.js';
import { AdminLogsController } from './admin-logs.controller.js';
import { AdminMisuseController } from './admin-misuse.controller.js';
import { AdminTaskAssignmentsController } from './admin-task-assignments.controller.js';
import { AdminTasksController } from './admin-tasks.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AdminUsersService } from './admin-users.service.js';

/** What administrators see and do. Uses every other module; no module uses it. */
@Module({
  imports: [UsersModule, ApiKeysModule, AuthModule, UsageModule, TasksModule, MisuseReviewModule],
  controllers: [
    AdminUsersController,
    AdminLogsController,
    AdminTasksController,
    AdminTaskAssignmentsController,
    AdminCasesController,
    AdminMisuseController,
    AdminAlertsController,
  ],
  providers: [AdminUsersService, AdminAlertsService, AdminBootstrapService],
  exports: [AdminBootstrapService],
})
export class AdminModule {}
