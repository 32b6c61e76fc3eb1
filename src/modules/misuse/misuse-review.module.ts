import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { UsersModule } from '../users/users.module.js';
import { WatchedAccountsRepository } from './accounts/watched-accounts.repository.js';
import { AlertsService } from './alerts/alerts.service.js';
import { BehaviourService } from './behaviour.service.js';
import { CalibrationExportService } from './calibration/calibration-export.service.js';
import { CasesRepository } from './cases/cases.repository.js';
import { CasesService } from './cases/cases.service.js';
import { MyCaseController } from './cases/my-case.controller.js';
import { EnforcementService } from './enforcement.service.js';
import { MisuseExportService } from './misuse-export.service.js';
import { MisuseTextsService } from './misuse-texts.service.js';
import { StandingService } from './standing.service.js';

/** Where accounts stand, what was done about them, and how people undo it. */
@Module({
  imports: [UsersModule, UsageModule, AuditModule, AlertsModule],
  controllers: [MyCaseController],
  providers: [
    WatchedAccountsRepository,
    BehaviourService,
    EnforcementService,
    AlertsService,
    CasesRepository,
    CasesService,
    StandingService,
    MisuseTextsService,
    MisuseExportService,
    CalibrationExportService,
  ],
  exports: [
    WatchedAccountsRepository,
    BehaviourService,
    EnforcementService,
    AlertsService,
    CasesService,
    StandingService,
    MisuseTextsService,
    MisuseExportService,
    CalibrationExportService,
  ],
})
export class MisuseReviewModule {}
