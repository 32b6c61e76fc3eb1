import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { UsersModule } from '../users/users.module.js';
import { ApiKey } from './api-key.entity.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysService } from './api-keys.service.js';
import { KeyUsageController } from './key-usage.controller.js';
import { KeyUsageService } from './key-usage.service.js';
import { WorkerApiKeysController } from './worker-api-keys.controller.js';

/** Keys: issue, list, change, revoke. Who a key belongs to is answered by the auth module's guard. */
@Module({
  imports: [TypeOrmModule.forFeature([ApiKey]), UsersModule, UsageModule, AuditModule],
  controllers: [ApiKeysController, WorkerApiKeysController, KeyUsageController],
  providers: [ApiKeysService, KeyUsageService],
  exports: [ApiKeysService],
})
export class ApiKeysModule {}
