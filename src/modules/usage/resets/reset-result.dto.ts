import type { ResetPeriod } from './quota-reset.service.js';

export class ResetResult {
  period: ResetPeriod;
  dry_run: boolean;
  /** Accounts that got (or would get) a fresh window, ascending. */
  user_ids: number[];
}
