import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { AdmissionService } from './admission/admission.service.js';
import { LimitAlertsService } from './alerts/limit-alerts.service.js';
import { MoneyWatch } from './alerts/money-watch.service.js';
import { RefusalRecorder } from './alerts/refusal-recorder.service.js';
import { OperatorAlertsService } from './alerts/operator-alerts.service.js';
import { SpendAlertsService } from './alerts/spend-alerts.service.js';
import { ContentChoicesService } from './contents/content-choices.service.js';
import { CreditsService } from './credits/credits.service.js';
import { LedgerExportService } from './export/ledger-export.service.js';
import { LeaseService } from './leases/lease.service.js';
import { OrphanSweeper } from './leases/orphan-sweeper.service.js';
import { AccountCallsService } from './ledger/account-calls.service.js';
import { LedgerReaderService } from './ledger/ledger-reader.service.js';
import { RequestContentsService } from './ledger/request-contents.service.js';
import { LedgerSequencer } from './ledger/ledger-sequencer.service.js';
import { InstallationService } from './limits/installation.service.js';
import { LimitsOverviewService } from './limits/limits-overview.service.js';
import { LimitsService } from './limits/limits.service.js';
import { SubjectLimitsService } from './limits/subject-limits.service.js';
import { TimeZonesService } from './limits/time-zones.service.js';
import { PeriodClosingService } from './periods/period-closing.service.js';
import { UpkeepRuns } from './periods/upkeep-runs.repository.js';
import { RetentionTurns } from './retention/retention-turns.service.js';
import { RetentionService } from './retention/retention.service.js';
import { QuotaResetService } from './resets/quota-reset.service.js';
import { SettlementQueue } from './settlement/settlement-queue.js';
import { SettlementService } from './settlement/settlement.service.js';
import { AccountStatisticsService } from './statistics/account-statistics.service.js';
import { InstallationStatisticsService } from './statistics/installation-statistics.service.js';
import { DailyVerification } from './verification/daily-verification.service.js';

/** The money: limits, admission, holds, settlement, ledger, prices. Knows ids of accounts and keys, nothing else of them. */
@Module({
  imports: [AlertsModule, AuditModule],
  providers: [
    LimitsService,
    LimitsOverviewService,
    SubjectLimitsService,
    TimeZonesService,
    InstallationService,
    CreditsService,
    QuotaResetService,
    PeriodClosingService,
    RetentionService,
    RetentionTurns,
    UpkeepRuns,
    AdmissionService,
    SettlementQueue,
    SettlementService,
    LeaseService,
    OrphanSweeper,
    LedgerReaderService,
    AccountCallsService,
    RequestContentsService,
    ContentChoicesService,
    LedgerSequencer,
    DailyVerification,
    LedgerExportService,
    AccountStatisticsService,
    InstallationStatisticsService,
    OperatorAlertsService,
    LimitAlertsService,
    SpendAlertsService,
    RefusalRecorder,
    MoneyWatch,
  ],
  exports: [
    SettlementQueue,
    PeriodClosingService,
    RetentionTurns,
    UpkeepRuns,
    LimitsService,
    LimitsOverviewService,
    SubjectLimitsService,
    TimeZonesService,
    InstallationService,
    CreditsService,
    QuotaResetService,
    AdmissionService,
    SettlementService,
    LeaseService,
    LedgerReaderService,
    LedgerExportService,
    AccountCallsService,
    RequestContentsService,
    ContentChoicesService,
    AccountStatisticsService,
    InstallationStatisticsService,
    OperatorAlertsService,
  ],
})
export class UsageModule {}
