import { Injectable } from '@nestjs/common';
import { LedgerReaderService } from '../usage/ledger/ledger-reader.service.js';
import { AccountStatisticsService } from '../usage/statistics/account-statistics.service.js';
import { ApiKeysService } from './api-keys.service.js';

export interface KeyUsageEntry {
  readonly id: string;
  readonly endpoint: string;
  readonly tokens_used: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly created_at: Date;
}

export interface KeyUsageSummary {
  readonly total_requests: number;
  readonly total_tokens: number;
  readonly total_prompt_tokens: number;
  readonly total_completion_tokens: number;
  readonly period_start: Date;
  readonly period_end: Date;
}

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
    { limit, skip, since }: { limit: number; skip: number; since?: Date },
  ): Promise<KeyUsageEntry[]> {
    const { id: apiKeyId } = await this.keys.get(userId, publicKeyId);
    const entries = await this.ledger.search({ userId, apiKeyId, limit, skip, from: since });
    return entries.map((entry) => ({
      id: entry.id,
      endpoint: entry.endpoint,
      tokens_used: entry.openai_tokens_used,
      prompt_tokens: entry.prompt_tokens,
      completion_tokens: entry.completion_tokens,
      created_at: entry.timestamp,
    }));
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
