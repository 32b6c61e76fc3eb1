import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { usdOf } from '../../../common/money.js';
import { Config } from '../../../config/config.js';
import { COST_LIMIT, IS_CURRENT_WINDOW, LIMITED_SUBJECTS_NOW, TOKEN_LIMIT } from './current-windows.js';
import type { LimitView } from './limit-view.dto.js';
import type { SubjectLimitsView } from './subject-limits-view.dto.js';
import { SUBJECT_NUMBERS } from './subject-limits.js';
import type { LimitedSubject } from './subject-limits.js';

interface PeriodRow {
  readonly subject: 1 | 2 | 3;
  readonly subject_id: number;
  readonly period: 1 | 2 | 3;
  readonly resets_at: Date | null;
  readonly token_limit: string | null;
  readonly spent_tokens: string;
  readonly held_tokens: string;
  readonly cost_limit: string | null;
  readonly spent_nano_usd: string;
  readonly held_nano_usd: string;
}

interface RateRow {
  readonly subject: 1 | 2 | 3;
  readonly subject_id: number;
  readonly seconds: 60 | 3600;
  readonly most: number | null;
  readonly used: number;
  readonly resets_at: Date | null;
}

interface LimitRows {
  readonly periods: readonly PeriodRow[];
  readonly rates: readonly RateRow[];
}

const PERIODS = `
  SELECT s.subject, s.subject_id, p.period, CASE WHEN p.period < 3 THEN p.ends_at END AS resets_at,
         ${TOKEN_LIMIT} AS token_limit, coalesce(w.spent_tokens, 0) AS spent_tokens, coalesce(w.held_tokens, 0) AS held_tokens,
         ${COST_LIMIT} AS cost_limit, coalesce(w.spent_nano_usd, 0) AS spent_nano_usd, coalesce(w.held_nano_usd, 0) AS held_nano_usd
    FROM ${LIMITED_SUBJECTS_NOW}
    LEFT JOIN quota_windows w ON ${IS_CURRENT_WINDOW}
   WHERE s.user_id = ANY ($1) ORDER BY s.subject, s.subject_id, p.period`;

/* Every key has a limit a minute: the lower one of its own and the administrator's, or else the default $2. */
const RATES = `
  SELECT l.subject, l.subject_id, l.seconds, l.most, coalesce(c.requests, 0) AS used,
         c.started_at + make_interval(secs => l.seconds) AS resets_at
    FROM (SELECT subject, subject_id, seconds, min(most) AS most
            FROM (SELECT 1::smallint AS subject, 0 AS subject_id, 3600 AS seconds, requests_per_hour AS most
                    FROM quota_accounts WHERE user_id = $1
                  UNION ALL
                  SELECT 1, 0, 60, CASE WHEN throttled_per_minute IS NULL THEN requests_per_minute
                                        ELSE least(throttled_per_minute, coalesce(requests_per_minute, $2)) END
                    FROM quota_accounts WHERE user_id = $1
                  UNION ALL
                  SELECT 2, k.id, 60, coalesce(least(k.requests_per_minute, q.requests_per_minute), $2) FROM api_keys k
                    LEFT JOIN quota_limits q ON q.user_id = k.user_id AND q.subject = 2 AND q.subject_id = k.id
                   WHERE k.user_id = $1
                  UNION ALL
                  SELECT q.subject, q.subject_id, r.seconds, r.most FROM quota_limits q
                   CROSS JOIN LATERAL (VALUES (60, q.requests_per_minute), (3600, q.requests_per_hour)) AS r(seconds, most)
                   WHERE q.user_id = $1) given
           GROUP BY subject, subject_id, seconds) l
    LEFT JOIN rate_counters c ON c.user_id = $1 AND c.subject = l.subject AND c.subject_id = l.subject_id
         AND c.seconds = l.seconds AND c.started_at + make_interval(secs => l.seconds) > now()`;

const NOT_COUNTED: LimitView = { limit: null, used: 0, held: 0, resets_at: null };

/** Every limit of an account, its keys and its tasks, with what is used of it now. */
@Injectable()
export class LimitsOverviewService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
  ) {}

  /** The account first, then the keys and tasks that have limits of their own. */
  async describe(userId: number): Promise<SubjectLimitsView[]> {
    const rows = await this.read(userId);
    const days = rows.periods.filter(({ period }) => period === 1);
    return days.map(({ subject, subject_id }) => viewOf(subject, subject_id, rows));
  }

  /** One of them; what is not limited is null and zero. */
  async describeOne(userId: number, subject: LimitedSubject, subjectId: number): Promise<SubjectLimitsView> {
    return viewOf(SUBJECT_NUMBERS[subject], subjectId, await this.read(userId));
  }

  private async read(userId: number): Promise<LimitRows> {
    const [periods, rates] = await Promise.all([
      this.dataSource.query<PeriodRow[]>(PERIODS, [[userId]]),
      this.dataSource.query<RateRow[]>(RATES, [userId, this.config.limits.defaultRequestsPerMinute]),
    ]);
    return { periods, rates };
  }
}

function viewOf(subject: 1 | 2 | 3, subjectId: number, { periods, rates }: LimitRows): SubjectLimitsView {
  const isOurs = (row: PeriodRow | RateRow): boolean => row.subject === subject && row.subject_id === subjectId;
  const period = (number: number) => periods.find((row) => isOurs(row) && row.period === number);
  const rate = (seconds: number) => rateView(rates.find((row) => isOurs(row) && row.seconds === seconds));
  return {
    subject: nameOf(subject),
    subject_id: subjectId === 0 ? null : subjectId,
    requests_per_minute: rate(60),
    requests_per_hour: rate(3600),
    tokens_per_day: tokensView(period(1)),
    tokens_per_month: tokensView(period(2)),
    lifetime_tokens: tokensView(period(3)),
    cost_per_day_usd: costView(period(1)),
    cost_per_month_usd: costView(period(2)),
    lifetime_cost_usd: costView(period(3)),
  };
}

function nameOf(subject: 1 | 2 | 3): LimitedSubject {
  return subject === 1 ? 'account' : subject === 2 ? 'key' : 'task';
}

function rateView(row: RateRow | undefined): LimitView {
  return row === undefined ? NOT_COUNTED : { limit: row.most, used: row.used, held: 0, resets_at: row.resets_at };
}

function tokensView(row: PeriodRow | undefined): LimitView {
  if (row === undefined) return NOT_COUNTED;
  const limit = row.token_limit === null ? null : Number(row.token_limit);
  return { limit, used: Number(row.spent_tokens), held: Number(row.held_tokens), resets_at: row.resets_at };
}

function costView(row: PeriodRow | undefined): LimitView {
  if (row === undefined) return NOT_COUNTED;
  const limit = row.cost_limit === null ? null : usdOf(Number(row.cost_limit));
  const [used, held] = [usdOf(Number(row.spent_nano_usd)), usdOf(Number(row.held_nano_usd))];
  return { limit, used, held, resets_at: row.resets_at };
}
