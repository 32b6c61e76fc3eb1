import { Core1700000000100 } from '../../migrations/1700000000100-core.js';
import { Admission1700000000110 } from '../../migrations/1700000000110-admission.js';
import { Settlement1700000000120 } from '../../migrations/1700000000120-settlement.js';
import { RefreshTokens1700000000200 } from '../../migrations/1700000000200-refresh-tokens.js';
import { Tasks1700000000600 } from '../../migrations/1700000000600-tasks.js';
import { Misuse1700000000610 } from '../../migrations/1700000000610-misuse.js';

/** Every migration, oldest first. A list instead of a glob: it works compiled, bundled and under test alike. */
export const migrations = [
  Core1700000000100,
  Admission1700000000110,
  Settlement1700000000120,
  RefreshTokens1700000000200,
  Tasks1700000000600,
  Misuse1700000000610,
];
