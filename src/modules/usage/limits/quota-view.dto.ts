/** One quota as the API shows it. `limit`, `remaining` and `percentage` are null when there is no limit. */
export class QuotaView {
  used: number;
  held: number;
  limit: number | null;
  remaining: number | null;
  /** Used part of the limit in percent, two decimals. */
  percentage: number | null;
  resets_at: string | null;
}
