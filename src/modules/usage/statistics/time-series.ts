import { invalidRequest } from '../../../common/errors/errors.js';
import type { TimeSeriesEntry } from './time-series-entry.dto.js';
import { DAYS_OF_EVERYBODY, INTENTS_OF_EVERYBODY } from './usage-sources.js';
import type { UsageTotals } from './usage-totals.dto.js';
import { USAGE_TOTALS } from './usage-totals.js';

const COLUMNS = {
  model: { sql: 'model', type: 'text' },
  user: { sql: 'user_id', type: 'int' },
  key: { sql: 'api_key_id', type: 'int' },
  intent: { sql: 'intent', type: 'text' },
} as const;

export type TimeSeriesDimension = keyof typeof COLUMNS;
export const TIME_SERIES_DIMENSIONS = Object.keys(COLUMNS) as TimeSeriesDimension[];

export interface TimeSeriesRequest {
  /** `YYYY-MM-DD`, UTC, included. */
  readonly from: string;
  /** `YYYY-MM-DD`, UTC, included. */
  readonly to: string;
  readonly groupBy: readonly TimeSeriesDimension[];
  readonly userId?: number;
  readonly apiKeyId?: number;
  readonly model?: string;
  readonly limit: number;
  /** What `timeSeriesCursor` made of the last entry of the page before. */
  readonly cursor?: string;
}

/* The intents' table keeps fewer sums: the others are not known, which is not zero. */
const INTENT_TOTALS = `
  sum(requests) AS requests, NULL AS errors, NULL AS prompt_tokens, NULL AS completion_tokens, NULL AS cached_prompt_tokens,
  sum(tokens) AS total_tokens, sum(cost_nano_usd) AS cost_nano_usd`;

/** The query of one page, by day and then by the groups. Its row-wise comparison with the cursor is what pages. */
export function timeSeriesStatement(request: TimeSeriesRequest): { text: string; values: unknown[] } {
  const byIntent = request.groupBy.includes('intent');
  const groups = request.groupBy.map((dimension) => COLUMNS[dimension]);
  const values: unknown[] = [request.from, request.to, request.limit];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions = ['day BETWEEN $1::date AND $2::date'];
  if (request.userId !== undefined) conditions.push(`user_id = ${parameter(request.userId)}::int`);
  if (request.apiKeyId !== undefined) conditions.push(`api_key_id = ${parameter(request.apiKeyId)}::int`);
  if (request.model !== undefined) conditions.push(`model = ${parameter(request.model)}`);
  if (request.cursor !== undefined) {
    const [day, ...last] = decodeTimeSeriesCursor(request.cursor, request.groupBy);
    const after = groups.map(({ type }, index) => `${parameter(last[index])}::${type}`);
    const here = ['day', ...groups.map(({ sql }) => sql)].join(', ');
    const first = parameter(day);
    conditions.push(`(${here}) > (${[`${first}::date`, ...after].join(', ')})`, `day >= ${first}::date`);
  }
  const columns = ['day', ...groups.map(({ sql }) => sql)];
  const selected = ["to_char(day, 'YYYY-MM-DD') AS day", ...groups.map(({ sql }) => sql)].join(', ');
  const text = `
    SELECT ${selected}, ${byIntent ? INTENT_TOTALS : USAGE_TOTALS}
      FROM ${sourceOf(request)} r WHERE ${conditions.join(' AND ')}
     GROUP BY ${columns.map((column) => `r.${column}`).join(', ')}
     ORDER BY ${columns.map((column) => `r.${column}`).join(', ')} LIMIT $3`;
  return { text, values };
}

/** Who asks for no account and no key gets sums of everybody. */
function sourceOf({ groupBy, userId, apiKeyId }: TimeSeriesRequest): string {
  const byIntent = groupBy.includes('intent');
  const isOfEverybody =
    !groupBy.includes('user') && !groupBy.includes('key') && userId === undefined && apiKeyId === undefined;
  if (isOfEverybody) return byIntent ? INTENTS_OF_EVERYBODY : DAYS_OF_EVERYBODY;
  return byIntent ? 'usage_intents' : 'usage_rollups';
}

/** As the driver reads it: bigints and sums are text. */
export type TimeSeriesRow = Omit<TimeSeriesEntry, keyof UsageTotals> &
  Record<keyof UsageTotals, string | number | null>;

export function timeSeriesEntryOf(row: TimeSeriesRow): TimeSeriesEntry {
  return {
    ...row,
    requests: Number(row.requests),
    errors: numberOrNull(row.errors),
    prompt_tokens: numberOrNull(row.prompt_tokens),
    completion_tokens: numberOrNull(row.completion_tokens),
    cached_prompt_tokens: numberOrNull(row.cached_prompt_tokens),
    total_tokens: Number(row.total_tokens),
    cost_nano_usd: Number(row.cost_nano_usd),
  };
}

function numberOrNull(sum: string | number | null): number | null {
  return sum === null ? null : Number(sum);
}

/** Opaque to clients. */
export function timeSeriesCursor(entry: TimeSeriesEntry, groupBy: readonly TimeSeriesDimension[]): string {
  const groups = groupBy.map((dimension) => entry[COLUMNS[dimension].sql]);
  return Buffer.from(JSON.stringify([entry.day, ...groups])).toString('base64url');
}

function decodeTimeSeriesCursor(cursor: string, groupBy: readonly TimeSeriesDimension[]): unknown[] {
  const parsed = parse(Buffer.from(cursor, 'base64url').toString());
  const fits =
    Array.isArray(parsed) &&
    parsed.length === groupBy.length + 1 &&
    isDay(parsed[0]) &&
    groupBy.every((dimension, index) => fitsType(parsed[index + 1], COLUMNS[dimension].type));
  if (!fits) throw invalidRequest('cursor must be one that an earlier answer gave', { param: 'cursor' });
  return parsed;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever a client made up is refused by its shape.
    return undefined;
  }
}

function isDay(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}

function fitsType(value: unknown, type: 'text' | 'int'): boolean {
  if (type === 'text') return typeof value === 'string' && !value.includes('\u0000');
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
}
