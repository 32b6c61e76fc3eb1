/** What protects the owner of the upstream account, whatever the accounts may do. */
export class InstallationLimits {
  /** While true every call is refused. */
  frozen: boolean;
  frozen_reason: string | null;
  /** Cap of all accounts together on one UTC day, in nano-dollars; null for none. */
  cost_per_day_nano_usd: number | null;
  /** What the current day has cost so far. Null without a cap: it is only counted under one. */
  spent_today_nano_usd: number | null;
}
