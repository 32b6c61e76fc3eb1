import { Module } from '@nestjs/common';
import { AdmissionService } from './admission/admission.service.js';
import { CreditsService } from './credits/credits.service.js';
import { LedgerExportService } from './export/ledger-export.service.js';
import { LeaseService } from './leases/lease.service.js';
import { OrphanSweeper } from './leases/orphan-sweeper.service.js';
import { AccountCallsService } from './ledger/account-calls.service.js';
import { LedgerReaderService } from './ledger/ledger-reader.service.js';
import { RequestContentsService } from './ledger/request-contents.service.js';
import { LedgerSequencer } from './ledger/ledger-sequencer.service.js';
import { InstallationService } from './limits/installation.service.js';
import { LimitsService } from './limits/limits.service.js';
import { PeriodClosingService } from './periods/period-closing.service.js';
import { QuotaResetService } from './resets/quota-reset.service.js';
import { SettlementQueue } from './settlement/settlement-queue.js';
import { SettlementService } from './settlement/settlement.service.js';
import { AccountStatisticsService } from './statistics/account-statistics.service.js';
import { InstallationStatisticsService } from './statistics/installation-statistics.service.js';
import { DailyVerification } from './verification/daily-verification.service.js';

/** The money: limits, admission, holds, settlement, ledger, prices. Knows ids of accounts and keys, nothing else of them. */
@Module({
  providers: [
    LimitsService,
    InstallationService,
    CreditsService,
    QuotaResetService,
    PeriodClosingService,
    AdmissionService,
    SettlementQueue,
    SettlementService,
    LeaseService,
    OrphanSweeper,
    LedgerReaderService,
    AccountCallsService,
    RequestContentsService,
    LedgerSequencer,
    DailyVerification,
    LedgerExportService,
    AccountStatisticsService,
    InstallationStatisticsService,
  ],
  exports: [
    LimitsService,
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
    AccountStatisticsService,
    InstallationStatisticsService,
  ],
})
export class UsageModule {}
