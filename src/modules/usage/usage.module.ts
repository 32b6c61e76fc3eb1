import { Module } from '@nestjs/common';
import { AdmissionService } from './admission/admission.service.js';
import { LeaseService } from './leases/lease.service.js';
import { OrphanSweeper } from './leases/orphan-sweeper.service.js';
import { LedgerExportService } from './ledger/ledger-export.service.js';
import { LedgerReaderService } from './ledger/ledger-reader.service.js';
import { RequestContentsService } from './ledger/request-contents.service.js';
import { LimitsService } from './limits/limits.service.js';
import { SettlementQueue } from './settlement/settlement-queue.js';
import { SettlementService } from './settlement/settlement.service.js';

/** The money: limits, admission, holds, settlement, ledger, prices. Knows ids of accounts and keys, nothing else of them. */
@Module({
  providers: [
    LimitsService,
    AdmissionService,
    SettlementQueue,
    SettlementService,
    LeaseService,
    OrphanSweeper,
    LedgerReaderService,
    LedgerExportService,
    RequestContentsService,
  ],
  exports: [
    LimitsService,
    AdmissionService,
    SettlementService,
    LeaseService,
    LedgerReaderService,
    LedgerExportService,
    RequestContentsService,
  ],
})
export class UsageModule {}
