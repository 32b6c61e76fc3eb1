import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { csvLine } from './csv.js';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportRequest {
  readonly format: ExportFormat;
  /** Calls admitted at this time or later. */
  readonly from: Date;
  /** Calls admitted before this time. */
  readonly to: Date;
  /** Undefined: every account. */
  readonly userId?: number;
}

const ROWS_AT_ONCE = 1_000;

/** Column by column: its name, and where it comes from. Corrections are sums of what became known later. */
const COLUMNS: readonly (readonly [name: string, sql: string])[] = [
  ['request_id', 'l.request_id'],
  ['timestamp', 'l.admitted_at'],
  ['user_id', 'l.user_id'],
  ['api_key_id', 'l.api_key_id'],
  ['task_id', 'l.task_id'],
  ['endpoint', 'l.endpoint'],
  ['model', 'l.model'],
  ['provider', 'l.provider'],
  ['upstream_model', 'l.upstream_model'],
  ['status', 'l.status'],
  ['http_status', 'l.http_status'],
  ['error_code', 'l.error_code'],
  ['usage_source', 'l.usage_source'],
  ['prompt_tokens', 'l.prompt_tokens'],
  ['completion_tokens', 'l.completion_tokens'],
  ['cached_prompt_tokens', 'l.cached_prompt_tokens'],
  ['reasoning_tokens', 'l.reasoning_tokens'],
  // Numbers, not text as the driver reads a bigint: up to 2^53 they are exact.
  ['cost_nano_usd', 'l.cost_nano_usd::float8'],
  ['corrected_prompt_tokens', 'c.prompt_tokens::float8'],
  ['corrected_completion_tokens', 'c.completion_tokens::float8'],
  ['corrected_cost_nano_usd', 'c.cost_nano_usd::float8'],
  ['price_version', 'l.price_version'],
  ['streamed', 'l.streamed'],
  ['latency_ms', 'l.latency_ms'],
  ['intent', 'l.intent'],
];

type Cell = string | number | boolean | Date | null;
type Row = Record<string, Cell>;
/** `place`: the time of the admission, exactly. */
type PlacedRow = Row & { place: string; request_id: string };

/** The next rows behind $1 and $3. One account's calls are walked through by its primary key, which is by time too. */
function nextRows(ofOneAccount: boolean): string {
  const order = ofOneAccount ? 'request_id' : 'admitted_at, request_id';
  const behind = ofOneAccount
    ? 'user_id = $4::int AND request_id > $3::uuid'
    : '(admitted_at, request_id) > ($1::timestamptz, $3::uuid)';
  return `
    SELECT ${COLUMNS.map(([name, sql]) => `${sql} AS ${name}`).join(', ')}, l.admitted_at::text AS place
      FROM (SELECT * FROM ledger WHERE admitted_at >= $1::timestamptz AND admitted_at < $2::timestamptz AND ${behind}
             ORDER BY ${order} LIMIT ${ROWS_AT_ONCE}) l
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(prompt_tokens), 0) AS prompt_tokens, coalesce(sum(completion_tokens), 0) AS completion_tokens,
              coalesce(sum(cost_nano_usd), 0) AS cost_nano_usd
         FROM ledger_corrections c WHERE c.user_id = l.user_id AND c.request_id = l.request_id) c
     ORDER BY l.admitted_at, l.request_id`;
}
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** The ledger as a file of any length: read page by page as fast as the client takes it, oldest call first. */
@Injectable()
export class LedgerExportService {
  constructor(private readonly dataSource: DataSource) {}

  /** A stream that is destroyed when a page cannot be read, so that a file that is cut off never looks complete. */
  export(request: ExportRequest): Readable {
    return Readable.from(this.chunks(request), { objectMode: false, highWaterMark: 64 * 1024 });
  }

  private async *chunks(request: ExportRequest): AsyncGenerator<Buffer> {
    if (request.format === 'csv') yield Buffer.from(csvLine(COLUMNS.map(([name]) => name)));
    const line = request.format === 'csv' ? csvOf : (row: Row) => `${JSON.stringify(row)}\n`;
    for await (const rows of this.pages(request)) yield Buffer.from(rows.map(line).join(''));
  }

  private async *pages({ from, to, userId }: ExportRequest): AsyncGenerator<Row[]> {
    const ofOneAccount = userId === undefined ? [] : [userId];
    const text = nextRows(userId !== undefined);
    let [time, id]: [Date | string, string] = [from, BEFORE_ALL];
    for (;;) {
      const parameters = [time, to, id, ...ofOneAccount];
      const rows: PlacedRow[] = await this.dataSource.query<PlacedRow[]>(text, parameters);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield rows.map(({ place: _place, ...row }) => row);
      [time, id] = [last.place, last.request_id];
    }
  }
}

function csvOf(row: Row): string {
  return csvLine(COLUMNS.map(([name]) => row[name] ?? null));
}
