import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { MisuseReviewModule } from '../misuse/misuse-review.module.js';
import { PrivacyModule } from '../privacy/privacy.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminAlertsController } from './admin-alerts.controller.js';
import { AdminAlertsService } from './admin-alerts.service.js';
import { AdminAuditController } from './admin-audit.controller.js';
import { AdminAnalyticsController } from './admin-analytics.controller.js';
import { AdminAnalyticsService } from './admin-analytics.service.js';
import { AdminBootstrapService } from './admin-bootstrap.service.js';
import { AdminCalibrationController } from './admin-calibration.controller.js';
import { AdminCasesController } from './admin-cases.controller.js';
import { AdminExportController } from './admin-export.controller.js';
import { AdminLimitsController } from './admin-limits.controller.js';
import { AdminLimitsService } from './admin-limits.service.js';
import { AdminLogsController } from './admin-logs.controller.js';
import { AdminUserKeysController } from './admin-user-keys.controller.js';
import { AdminUserKeysService } from './admin-user-keys.service.js';
import { AdminLogsService } from './admin-logs.service.js';
import { AdminMisuseController } from './admin-misuse.controller.js';
import { AdminMoneyController } from './admin-money.controller.js';
import { AdminTaskAssignmentsController } from './admin-task-assignments.controller.js';
import { AdminTasksController } from './admin-tasks.controller.js';
import { AdminWebhookController } from './admin-webhook.controller.js';
import { AdminTimeZonesController } from './admin-time-zones.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AdminUsersService } from './admin-users.service.js';
import { UserDirectoryController } from './user-directory.controller.js';

/** What administrators see and do. Uses every other module; no module uses it. */
@Module({
  imports: [
    UsersModule,
    ApiKeysModule,
    AuthModule,
    UsageModule,
    AuditModule,
    PrivacyModule,
    TasksModule,
    MisuseReviewModule,
    AlertsModule,
  ],
  controllers: [
    AdminUserKeysController,
    AdminUsersController,
    AdminTimeZonesController,
    AdminMoneyController,
    AdminLimitsController,
    AdminAnalyticsController,
    AdminExportController,
    AdminAuditController,
    AdminLogsController,
    AdminTasksController,
    AdminTaskAssignmentsController,
    AdminCasesController,
    AdminMisuseController,
    AdminCalibrationController,
    AdminAlertsController,
    AdminWebhookController,
    UserDirectoryController,
  ],
  providers: [
    AdminUsersService,
    AdminUserKeysService,
    AdminLimitsService,
    AdminLogsService,
    AdminAnalyticsService,
    AdminAlertsService,
    AdminBootstrapService,
  ],
  exports: [AdminBootstrapService],
})
export class AdminModule {}
