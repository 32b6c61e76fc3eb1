import { LimitView } from './limit-view.dto.js';
import type { LimitedSubject } from './subject-limits.js';

/** Every limit of one subject. Costs are in dollars. */
export class SubjectLimitsView {
  subject: LimitedSubject;
  /** Integer id of the key or task; null for the account. */
  subject_id: number | null;
  requests_per_minute: LimitView;
  requests_per_hour: LimitView;
  tokens_per_day: LimitView;
  tokens_per_month: LimitView;
  lifetime_tokens: LimitView;
  cost_per_day_usd: LimitView;
  cost_per_month_usd: LimitView;
  lifetime_cost_usd: LimitView;
}
