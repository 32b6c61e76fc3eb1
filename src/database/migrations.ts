import { Core1700000000100 } from '../../migrations/1700000000100-core.js';
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

/** Every migration, oldest first. A list instead of a glob: it works compiled, bundled and under test alike. */
export const migrations = [
  Core1700000000100,
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
];
