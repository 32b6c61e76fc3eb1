import { Injectable } from '@nestjs/common';
import { cursorBehind, cursorOf } from '../usage/ledger/ledger-cursor.js';
import { LedgerReaderService } from '../usage/ledger/ledger-reader.service.js';
import { AccountStatisticsService } from '../usage/statistics/account-statistics.service.js';
import { ApiKeysService } from './api-keys.service.js';
import type { KeyUsageEntry } from './dto/key-usage-entry.dto.js';
import type { KeyUsageSummary } from './dto/key-usage-summary.dto.js';

/** Usage by key: whose key it is, is known here; what it used, in the books. */
@Injectable()
export class KeyUsageService {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly ledger: LedgerReaderService,
    private readonly statistics: AccountStatisticsService,
  ) {}

  /** @throws DomainError `not_found` for a key that is not the account's */
  async list(
    userId: number,
    publicKeyId: string,
    { limit, skip, since, cursor }: { limit: number; skip: number; since?: Date; cursor?: string },
  ): Promise<{ entries: KeyUsageEntry[]; nextCursor: string | undefined }> {
    const { id: apiKeyId } = await this.keys.get(userId, publicKeyId);
    const after = cursorOf(cursor);
    const page = await this.ledger.search({ userId, apiKeyId, limit, skip, from: since, after });
    const entries = page.map((entry) => ({
      id: entry.id,
      endpoint: entry.endpoint,
      tokens_used: entry.openai_tokens_used,
      prompt_tokens: entry.prompt_tokens,
      completion_tokens: entry.completion_tokens,
      created_at: entry.timestamp,
    }));
    return { entries, nextCursor: cursorBehind(page, limit) };
  }

  /** @throws DomainError `not_found` for a key that is not the account's */
  async summary(userId: number, publicKeyId: string, days: number): Promise<KeyUsageSummary> {
    const { id: apiKeyId } = await this.keys.get(userId, publicKeyId);
    const summary = await this.statistics.summary({ userId, apiKeyId, days });
    return {
      total_requests: summary.requests,
      total_tokens: summary.total_tokens,
      total_prompt_tokens: summary.prompt_tokens,
      total_completion_tokens: summary.completion_tokens,
      period_start: summary.period_start,
      period_end: summary.period_end,
    };
  }
}
