import { Module } from '@nestjs/common';
import { AuditService } from './audit.service.js';

/** Who changed what. A leaf: every module writes its own changes down. */
@Module({
  providers: [AuditService],
  exports: [AuditService],
})
export class AuditModule {}
