import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { invalidRequest } from '../../../common/errors/errors.js';
import type { LedgerCursor } from './ledger-cursor.js';
import { fromRollups, isSelective, newestFirst } from './ledger-search.js';
import type { DayRange, LedgerFilter } from './ledger-search.js';
import type { TargetedLogEntry } from './targeted-log-entry.dto.js';

/** Most rows that one answer holds. */
export const MAX_LEDGER_PAGE = 1000;
/** Longer prompts and answers are cut in listings, so that a page stays a few megabytes. */
const MAX_TEXT_CHARS = 10_000;
const DAY_MS = 86_400_000;
/** A search through the rollups looks at a day, then at four before it, sixteen before those, and so on. */
const WIDER_EACH_TIME = 4;

export interface LedgerPage {
  /** 1 to 1000. */
  readonly limit: number;
  readonly skip: number;
}

export interface LedgerSearch extends LedgerPage, LedgerFilter {
  /** Only calls behind this one. */
  readonly after?: LedgerCursor;
}

/** Reads the ledger: one entry per inference call, orphans included, newest first. */
@Injectable()
export class LedgerReaderService {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Calls of one account, or of all, that match.
   * @throws DomainError `invalid_request` when `limit` or `skip` is out of range
   */
  async search({ limit, skip, after, ...filter }: LedgerSearch): Promise<TargetedLogEntry[]> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LEDGER_PAGE) {
      throw invalidRequest(`limit must be a whole number from 1 to ${MAX_LEDGER_PAGE}`, { param: 'limit' });
    }
    if (!Number.isSafeInteger(skip) || skip < 0) {
      throw invalidRequest('skip must be a whole number, 0 or more', { param: 'skip' });
    }
    if (!isSelective(filter)) return this.entries(newestFirst(filter, after, limit, skip));
    return (await this.searchRollups(filter, after, skip + limit)).slice(skip);
  }

  private async searchRollups(filter: LedgerFilter, after: LedgerCursor | undefined, wanted: number) {
    const bounds = await this.daysWithCalls(filter, after);
    const found: TargetedLogEntry[] = [];
    let width = 1;
    for (let end = bounds.end; end > bounds.first && found.length < wanted; width *= WIDER_EACH_TIME) {
      const first = laterOf(daysBefore(end, width), bounds.first);
      found.push(...(await this.entries(fromRollups(filter, after, { first, end }, wanted - found.length))));
      end = first;
    }
    return found;
  }

  /** The days from the first that has a rollup to the newest that may match. */
  private async daysWithCalls({ from, to }: LedgerFilter, after: LedgerCursor | undefined): Promise<DayRange> {
    const [row] = await this.dataSource.query<DayRange[]>(DAYS_WITH_CALLS);
    if (row === undefined) return { first: '', end: '' };
    const newest = [to, after?.admittedAt].map((time) => (time === undefined ? row.end : dayAfter(time)));
    return {
      first: from === undefined ? row.first : laterOf(row.first, dayOf(from)),
      end: [row.end, ...newest].sort()[0] ?? row.end,
    };
  }

  private async entries(page: { text: string; values: unknown[] }): Promise<TargetedLogEntry[]> {
    const rows = await this.dataSource.query<LedgerRow[]>(withContents(page), [...page.values, MAX_TEXT_CHARS]);
    return rows.map((row) => ({ ...row, cost_nano_usd: Number(row.cost_nano_usd) }));
  }
}

/** As the driver reads it: a bigint is text. */
interface LedgerRow extends Omit<TargetedLogEntry, 'cost_nano_usd'> {
  readonly cost_nano_usd: string;
}

const DAYS_WITH_CALLS = `
  SELECT to_char(min(day), 'YYYY-MM-DD') AS first, to_char(max(day) + 1, 'YYYY-MM-DD') AS end
    FROM usage_rollups HAVING min(day) IS NOT NULL`;

/** The page is cut out first, so that contents are read for its rows only. */
function withContents({ text, values }: { text: string; values: unknown[] }): string {
  const chars = `$${values.length + 1}::int`;
  return `
    SELECT page.request_id AS id, page.request_id, page.user_id, page.task_id, model, provider, upstream_model, endpoint,
      left(prompt_text, ${chars}) AS prompt, left(completion_text, ${chars}) AS response,
      page.guard_intent AS intent_classification, intent, page.confidence AS confidence_score,
      assessment.deviation_delta AS deviation_score_delta, assessment.score_before AS user_score_before,
      assessment.score_after AS user_score_after,
      page.total_tokens AS openai_tokens_used, prompt_tokens, completion_tokens, usage_source, cost_nano_usd,
      latency_ms AS response_time_ms, status, error_code AS error_message, page.admitted_at AS timestamp
    FROM (${text}) page
    LEFT JOIN request_contents content USING (user_id, request_id, admitted_at)
    LEFT JOIN misuse_assessments assessment USING (user_id, request_id, admitted_at)
    ORDER BY page.admitted_at DESC, page.request_id DESC`;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}

function dayAfter(time: Date): string {
  return dayOf(new Date(time.getTime() + DAY_MS));
}

function daysBefore(day: string, count: number): string {
  return dayOf(new Date(Date.parse(day) - count * DAY_MS));
}

function laterOf(a: string, b: string): string {
  return a > b ? a : b;
}
