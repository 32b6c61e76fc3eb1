import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { TimeSeriesEntry } from './time-series-entry.dto.js';
import { timeSeriesEntryOf, timeSeriesStatement } from './time-series.js';
import type { TimeSeriesRequest, TimeSeriesRow } from './time-series.js';
import type { TopEntry } from './top-entry.dto.js';
import type { UsageTotals } from './usage-totals.dto.js';
import { accountsOfLastDays, DAYS_OF_EVERYBODY, INTENTS_OF_EVERYBODY } from './usage-sources.js';
import { firstOfLastDays, totalsOf, USAGE_TOTALS } from './usage-totals.js';
import type { UsageTotalsRow } from './usage-totals.js';

export interface InstallationUsage extends UsageTotals {
  /** Accounts with at least one call. */
  readonly activeAccounts: number;
  /** Calls by intent, in Guardflow's five words or `unknown`; calls that are not analysed yet are missing. */
  readonly intents: Record<string, number>;
}

const TOP_KEYS = { user: 'user_id', key: 'api_key_id', model: 'model', task: 'task_id' } as const;
const TOP_MEASURES = {
  cost: 'sum(cost_nano_usd)',
  tokens: 'sum(prompt_tokens + completion_tokens)',
  requests: 'sum(requests)',
} as const;
export const TOP_SUBJECTS = Object.keys(TOP_KEYS) as TopSubject[];
export const TOP_RANKINGS = Object.keys(TOP_MEASURES) as TopRanking[];
export type TopSubject = keyof typeof TOP_KEYS;
export type TopRanking = keyof typeof TOP_MEASURES;

/* Accounts first: a count of distinct ones would sort every row. */
const usageStatement = (days: number): string => `
  SELECT ${USAGE_TOTALS},
         (SELECT count(*) FROM (SELECT 1 FROM ${accountsOfLastDays(days)} a GROUP BY user_id HAVING sum(requests) > 0) x)
           AS "activeAccounts"
    FROM ${DAYS_OF_EVERYBODY} d WHERE day >= ${firstOfLastDays('$1')}`;
const INTENTS = `
  SELECT coalesce(nullif(guard_intent, ''), 'unknown') AS intent, sum(requests) AS requests
    FROM ${INTENTS_OF_EVERYBODY} i WHERE day >= ${firstOfLastDays('$1')} GROUP BY 1 HAVING sum(requests) > 0 ORDER BY 1`;

function topStatement(of: TopSubject, by: TopRanking, days: number): string {
  const isAboutAccounts = of === 'user' || of === 'key';
  const source = isAboutAccounts
    ? `${accountsOfLastDays(days)} a`
    : `${DAYS_OF_EVERYBODY} d WHERE day >= ${firstOfLastDays('$1')}`;
  return `
    SELECT ${TOP_KEYS[of]} AS subject, ${USAGE_TOTALS} FROM ${source}
     GROUP BY 1 HAVING sum(requests) > 0 ORDER BY ${TOP_MEASURES[by]} DESC, 1 LIMIT $2`;
}

/** What all accounts used, from the rollups and their sums; of the ledger, only entries that are not summed yet. */
@Injectable()
export class InstallationStatisticsService {
  constructor(private readonly dataSource: DataSource) {}

  /** The last `days` UTC days, today included. */
  async usage(days: number): Promise<InstallationUsage> {
    const [[row], intents] = await Promise.all([
      this.dataSource.query<(UsageTotalsRow & { activeAccounts: string })[]>(usageStatement(days), [days]),
      this.dataSource.query<{ intent: string; requests: string }[]>(INTENTS, [days]),
    ]);
    if (row === undefined) throw new Error('a sum without a row');
    return {
      ...totalsOf(row),
      activeAccounts: Number(row.activeAccounts),
      intents: Object.fromEntries(intents.map(({ intent, requests }) => [intent, Number(requests)])),
    };
  }

  /** Totals by day and whatever else is asked for, oldest day first. */
  async timeSeries(request: TimeSeriesRequest): Promise<TimeSeriesEntry[]> {
    const { text, values } = timeSeriesStatement(request);
    const rows = await this.dataSource.query<TimeSeriesRow[]>(text, values);
    return rows.map(timeSeriesEntryOf);
  }

  /** Who or what was used most in the last days. */
  async top(of: TopSubject, by: TopRanking, days: number, limit: number): Promise<TopEntry[]> {
    const rows = await this.dataSource.query<(UsageTotalsRow & { subject: number | string })[]>(
      topStatement(of, by, days),
      [days, limit],
    );
    return rows.map((row) => ({ subject: row.subject, ...totalsOf(row) }));
  }
}
