import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { UsersModule } from '../users/users.module.js';
import { AdminAnalyticsController } from './admin-analytics.controller.js';
import { AdminAnalyticsService } from './admin-analytics.service.js';
import { AdminBootstrapService } from './admin-bootstrap.service.js';
import { AdminExportController } from './admin-export.controller.js';
import { AdminLogsController } from './admin-logs.controller.js';
import { AdminLogsService } from './admin-logs.service.js';
import { AdminMoneyController } from './admin-money.controller.js';
import { AdminUsersController } from './admin-users.controller.js';
import { AdminUsersService } from './admin-users.service.js';

/** What administrators see and do. Uses every other module; no module uses it. */
@Module({
  imports: [UsersModule, ApiKeysModule, AuthModule, UsageModule],
  controllers: [
    AdminUsersController,
    AdminLogsController,
    AdminMoneyController,
    AdminAnalyticsController,
    AdminExportController,
  ],
  providers: [AdminUsersService, AdminLogsService, AdminAnalyticsService, AdminBootstrapService],
  exports: [AdminBootstrapService],
})
export class AdminModule {}
