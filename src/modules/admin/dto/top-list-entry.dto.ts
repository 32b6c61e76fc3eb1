import { TopEntry } from '../../usage/statistics/top-entry.dto.js';

export class TopListEntry extends TopEntry {
  /** Of the account, where accounts are ranked; null when it was erased. */
  email?: string | null;
}
