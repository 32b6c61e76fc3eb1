import { QuotaView } from '../../usage/limits/quota-view.dto.js';

export class MyQuota {
  daily: QuotaView;
  monthly: QuotaView;
  balance: QuotaView;
  /** Null until the account's behaviour is scored. */
  deviation_score: number | null;
  is_blocked: boolean;
}
