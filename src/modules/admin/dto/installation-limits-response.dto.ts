import { usdOf } from '../../../common/money.js';
import { InstallationLimits } from '../../usage/limits/installation-limits.dto.js';

/** The limits as they are kept, in nano-dollars, and as they are set, in dollars. */
export class InstallationLimitsResponse extends InstallationLimits {
  /** Cap of all accounts together on one UTC day, in dollars; null for none. */
  cost_per_day_usd: number | null;
  /** What the current day has cost so far, in dollars. Null without a cap. */
  spent_today_usd: number | null;

  static of(limits: InstallationLimits): InstallationLimitsResponse {
    return {
      ...limits,
      cost_per_day_usd: usdOf(limits.cost_per_day_nano_usd),
      spent_today_usd: usdOf(limits.spent_today_nano_usd),
    };
  }
}
