import type { CreditKind } from './credits.service.js';

export class BalanceEntry {
  id: string;
  kind: CreditKind | 'opening';
  tokens: number;
  reason: string | null;
  author_user_id: number | null;
  created_at: Date;
}
