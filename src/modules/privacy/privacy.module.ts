import { Module } from '@nestjs/common';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { MisuseReviewModule } from '../misuse/misuse-review.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { UsersModule } from '../users/users.module.js';
import { ErasureService } from './erasure.service.js';
import { ExportController } from './export.controller.js';
import { ExportService } from './export.service.js';

/** What a person may ask for: everything that is kept of them, and to be forgotten. */
@Module({
  imports: [UsersModule, ApiKeysModule, UsageModule, AuditModule, MisuseReviewModule],
  controllers: [ExportController],
  providers: [ExportService, ErasureService],
  exports: [ErasureService],
})
export class PrivacyModule {}
