import { Module } from '@nestjs/common';
import { AdmissionService } from './admission/admission.service.js';
import { LeaseService } from './leases/lease.service.js';
import { OrphanSweeper } from './leases/orphan-sweeper.service.js';
import { LedgerReaderService } from './ledger/ledger-reader.service.js';
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
  ],
  exports: [LimitsService, AdmissionService, SettlementService, LeaseService, LedgerReaderService],
})
export class UsageModule {}
