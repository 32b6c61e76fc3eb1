import { Core1700000000100 } from '../../migrations/1700000000100-core.js';
import { LimitedSubjects1700000000105 } from '../../migrations/1700000000105-limited-subjects.js';
import { Admission1700000000110 } from '../../migrations/1700000000110-admission.js';
import { Settlement1700000000120 } from '../../migrations/1700000000120-settlement.js';
import { RefreshTokens1700000000200 } from '../../migrations/1700000000200-refresh-tokens.js';
import { CreditsAndResets1700000000500 } from '../../migrations/1700000000500-credits-and-resets.js';
import { Rollups1700000000520 } from '../../migrations/1700000000520-rollups.js';
import { LedgerSeals1700000000521 } from '../../migrations/1700000000521-ledger-seals.js';
import { LedgerSearch1700000000522 } from '../../migrations/1700000000522-ledger-search.js';
import { Reprice1700000000523 } from '../../migrations/1700000000523-reprice.js';
import { Retirement1700000000524 } from '../../migrations/1700000000524-retirement.js';

/** Every migration, oldest first. A list instead of a glob: it works compiled, bundled and under test alike. */
export const migrations = [
  Core1700000000100,
  LimitedSubjects1700000000105,
  Admission1700000000110,
  Settlement1700000000120,
  RefreshTokens1700000000200,
  CreditsAndResets1700000000500,
  Rollups1700000000520,
  LedgerSeals1700000000521,
  LedgerSearch1700000000522,
  Reprice1700000000523,
  Retirement1700000000524,
];
