import { Core1700000000100 } from '../../migrations/1700000000100-core.js';
import { LimitedSubjects1700000000105 } from '../../migrations/1700000000105-limited-subjects.js';
import { Admission1700000000110 } from '../../migrations/1700000000110-admission.js';
import { Settlement1700000000120 } from '../../migrations/1700000000120-settlement.js';
import { RefreshTokens1700000000200 } from '../../migrations/1700000000200-refresh-tokens.js';
import { AttemptCounters1700000000300 } from '../../migrations/1700000000300-attempt-counters.js';
import { GoogleAccounts1700000000301 } from '../../migrations/1700000000301-google-accounts.js';
import { Invitations1700000000302 } from '../../migrations/1700000000302-invitations.js';
import { AuditLog1700000000310 } from '../../migrations/1700000000310-audit-log.js';
import { KeyRights1700000000311 } from '../../migrations/1700000000311-key-rights.js';
import { ErasedAccounts1700000000312 } from '../../migrations/1700000000312-erased-accounts.js';
import { Idempotency1700000000400 } from '../../migrations/1700000000400-idempotency.js';
import { CreditsAndResets1700000000500 } from '../../migrations/1700000000500-credits-and-resets.js';
import { KeyBudgets1700000000510 } from '../../migrations/1700000000510-key-budgets.js';
import { Rollups1700000000520 } from '../../migrations/1700000000520-rollups.js';
import { LedgerSeals1700000000521 } from '../../migrations/1700000000521-ledger-seals.js';
import { LedgerSearch1700000000522 } from '../../migrations/1700000000522-ledger-search.js';
import { Reprice1700000000523 } from '../../migrations/1700000000523-reprice.js';
import { Retirement1700000000524 } from '../../migrations/1700000000524-retirement.js';
import { Tasks1700000000600 } from '../../migrations/1700000000600-tasks.js';
import { Misuse1700000000610 } from '../../migrations/1700000000610-misuse.js';

/** Every migration, oldest first. A list instead of a glob: it works compiled, bundled and under test alike. */
export const migrations = [
  Core1700000000100,
  LimitedSubjects1700000000105,
  Admission1700000000110,
  Settlement1700000000120,
  RefreshTokens1700000000200,
  AttemptCounters1700000000300,
  GoogleAccounts1700000000301,
  Invitations1700000000302,
  AuditLog1700000000310,
  KeyRights1700000000311,
  ErasedAccounts1700000000312,
  Idempotency1700000000400,
  CreditsAndResets1700000000500,
  KeyBudgets1700000000510,
  Rollups1700000000520,
  LedgerSeals1700000000521,
  LedgerSearch1700000000522,
  Reprice1700000000523,
  Retirement1700000000524,
  Tasks1700000000600,
  Misuse1700000000610,
];
