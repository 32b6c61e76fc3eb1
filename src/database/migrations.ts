import { Core1700000000100 } from '../../migrations/1700000000100-core.js';
import { CalendarAndLocks1700000000105 } from '../../migrations/1700000000105-calendar-and-locks.js';
import { Admission1700000000110 } from '../../migrations/1700000000110-admission.js';
import { Settlement1700000000120 } from '../../migrations/1700000000120-settlement.js';
import { RefreshTokens1700000000200 } from '../../migrations/1700000000200-refresh-tokens.js';
import { AttemptCounters1700000000300 } from '../../migrations/1700000000300-attempt-counters.js';
import { GoogleAccounts1700000000301 } from '../../migrations/1700000000301-google-accounts.js';
import { Invitations1700000000302 } from '../../migrations/1700000000302-invitations.js';
import { AuditLog1700000000310 } from '../../migrations/1700000000310-audit-log.js';
import { KeyRights1700000000311 } from '../../migrations/1700000000311-key-rights.js';
import { ErasedAccounts1700000000312 } from '../../migrations/1700000000312-erased-accounts.js';
import { MailedInvitations1700000000313 } from '../../migrations/1700000000313-mailed-invitations.js';
import { Idempotency1700000000400 } from '../../migrations/1700000000400-idempotency.js';
import { CreditsAndResets1700000000500 } from '../../migrations/1700000000500-credits-and-resets.js';
import { Rollups1700000000520 } from '../../migrations/1700000000520-rollups.js';
import { LedgerSeals1700000000521 } from '../../migrations/1700000000521-ledger-seals.js';
import { LedgerSearch1700000000522 } from '../../migrations/1700000000522-ledger-search.js';
import { Reprice1700000000523 } from '../../migrations/1700000000523-reprice.js';
import { Retirement1700000000524 } from '../../migrations/1700000000524-retirement.js';
import { Tasks1700000000600 } from '../../migrations/1700000000600-tasks.js';
import { Misuse1700000000610 } from '../../migrations/1700000000610-misuse.js';
import { LimitedSubjects1700000000620 } from '../../migrations/1700000000620-limited-subjects.js';
import { AnswerCache1700000000701 } from '../../migrations/1700000000701-answer-cache.js';
import { OperatorAlerts1700000000710 } from '../../migrations/1700000000710-operator-alerts.js';
import { Alerts1700000000720 } from '../../migrations/1700000000720-alerts.js';
import { Upkeep1700000000721 } from '../../migrations/1700000000721-upkeep.js';
import { SealedResets1700000000722 } from '../../migrations/1700000000722-sealed-resets.js';
import { ContentChoices1700000000723 } from '../../migrations/1700000000723-content-choices.js';
import { ClientFingerprints1700000000741 } from '../../migrations/1700000000741-client-fingerprints.js';
import { SecondOpinions1700000000742 } from '../../migrations/1700000000742-second-opinions.js';
import { UsageSums1700000000750 } from '../../migrations/1700000000750-usage-sums.js';
import { LimitRefusals1700000000751 } from '../../migrations/1700000000751-limit-refusals.js';
import { ResetRuns1700000000755 } from '../../migrations/1700000000755-reset-runs.js';
import { WindowOpenings1700000000770 } from '../../migrations/1700000000770-window-openings.js';
import { UpheldBlocks1700000000780 } from '../../migrations/1700000000780-upheld-blocks.js';
import { RefusalsByWindow1700000000781 } from '../../migrations/1700000000781-refusals-by-window.js';
import { UpkeepRetries1700000000782 } from '../../migrations/1700000000782-upkeep-retries.js';
import { CorrectionsOfOpenedWindows1700000000783 } from '../../migrations/1700000000783-corrections-of-opened-windows.js';
import { AdmissionRates1700000000800 } from '../../migrations/1700000000800-admission-rates.js';
import { ClearAdmissions1700000000801 } from '../../migrations/1700000000801-clear-admissions.js';
import { LeanSettlement1700000000802 } from '../../migrations/1700000000802-lean-settlement.js';
import { BehaviourSnapshots1700000000810 } from '../../migrations/1700000000810-behaviour-snapshots.js';

/** Every migration, oldest first. A list instead of a glob: it works compiled, bundled and under test alike. */
export const migrations = [
  Core1700000000100,
  CalendarAndLocks1700000000105,
  Admission1700000000110,
  Settlement1700000000120,
  RefreshTokens1700000000200,
  AttemptCounters1700000000300,
  GoogleAccounts1700000000301,
  Invitations1700000000302,
  AuditLog1700000000310,
  KeyRights1700000000311,
  ErasedAccounts1700000000312,
  MailedInvitations1700000000313,
  Idempotency1700000000400,
  CreditsAndResets1700000000500,
  Rollups1700000000520,
  LedgerSeals1700000000521,
  LedgerSearch1700000000522,
  Reprice1700000000523,
  Retirement1700000000524,
  Tasks1700000000600,
  Misuse1700000000610,
  LimitedSubjects1700000000620,
  AnswerCache1700000000701,
  OperatorAlerts1700000000710,
  Alerts1700000000720,
  Upkeep1700000000721,
  SealedResets1700000000722,
  ContentChoices1700000000723,
  ClientFingerprints1700000000741,
  SecondOpinions1700000000742,
  UsageSums1700000000750,
  LimitRefusals1700000000751,
  ResetRuns1700000000755,
  WindowOpenings1700000000770,
  UpheldBlocks1700000000780,
  RefusalsByWindow1700000000781,
  UpkeepRetries1700000000782,
  CorrectionsOfOpenedWindows1700000000783,
  AdmissionRates1700000000800,
  ClearAdmissions1700000000801,
  LeanSettlement1700000000802,
  BehaviourSnapshots1700000000810,
];
