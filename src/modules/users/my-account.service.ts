import { Injectable } from '@nestjs/common';
import type { LedgerLogEntry } from '../usage/ledger/ledger-log-entry.dto.js';
import type { TargetedLogEntry } from '../usage/ledger/targeted-log-entry.dto.js';
import { cursorBehind, cursorOf } from '../usage/ledger/ledger-cursor.js';
import { LedgerReaderService } from '../usage/ledger/ledger-reader.service.js';
import type { LedgerPage } from '../usage/ledger/ledger-reader.service.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { DeviationScoreReader } from './deviation-score.reader.js';
import type { MyProfile } from './dto/my-profile.dto.js';
import type { MyQuota } from './dto/my-quota.dto.js';
import { UsersService } from './users.service.js';

/** An account's view of itself: identity from the account, numbers from the books. */
@Injectable()
export class MyAccountService {
  constructor(
    private readonly users: UsersService,
    private readonly limits: LimitsService,
    private readonly ledger: LedgerReaderService,
    private readonly deviations: DeviationScoreReader,
  ) {}

  async quota(userId: number): Promise<MyQuota> {
    const [user, quota, deviation_score] = await this.describe(userId);
    const { daily, monthly, balance } = quota;
    return { daily, monthly, balance, deviation_score, is_blocked: user.isBlocked };
  }

  async profile(userId: number): Promise<MyProfile> {
    const [user, quota, deviation_score] = await this.describe(userId);
    return {
      id: user.id,
      email: user.email,
      name: user.name,
      daily_quota: quota.daily.limit,
      monthly_quota: quota.monthly.limit,
      requests_per_hour: quota.limits.requestsPerHour,
      current_daily_usage: quota.daily.used,
      current_monthly_usage: quota.monthly.used,
      total_requests: quota.totalRequests,
      total_tokens_used: quota.balance.used,
      deviation_score,
      is_blocked: user.isBlocked,
      blocked_reason: user.blockedReason,
      last_activity: user.lastActiveAt,
      created_at: user.createdAt,
    };
  }

  /** Newest first; `nextCursor` is there when there may be more. */
  async usage(
    userId: number,
    { cursor, ...page }: LedgerPage & { readonly cursor?: string },
  ): Promise<{ entries: LedgerLogEntry[]; nextCursor: string | undefined }> {
    const entries = await this.ledger.search({ limit: page.limit, skip: page.skip, userId, after: cursorOf(cursor) });
    return { entries: entries.map(withoutTarget), nextCursor: cursorBehind(entries, page.limit) };
  }

  private describe(userId: number) {
    return Promise.all([this.users.getById(userId), this.limits.describe(userId), this.deviations.of(userId)]);
  }
}

function withoutTarget({
  provider: _provider,
  upstream_model: _upstreamModel,
  ...entry
}: TargetedLogEntry): LedgerLogEntry {
  return entry;
}
