import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** So many contents are in memory at once: each may be as large as a request body. */
const PAGE_SIZE = 50;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** One call with everything that is kept of it. */
export interface ExportedCall {
  readonly request_id: string;
  /** Integer id of the key that made the call, as `id` among the keys; null for a login. */
  readonly api_key_id: number | null;
  readonly task_id: number | null;
  readonly endpoint: string;
  readonly model: string;
  readonly provider: string;
  readonly status: string;
  readonly usage_source: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly cost_nano_usd: number;
  readonly streamed: boolean;
  readonly http_status: number;
  readonly error_code: string | null;
  readonly latency_ms: number;
  readonly intent: string | null;
  readonly admitted_at: Date;
  readonly prompt: string | null;
  readonly response: string | null;
}

type CallRow = Omit<ExportedCall, 'cost_nano_usd'> & { readonly cost_nano_usd: string };

/* Request ids are UUIDv7: their order is that of time, and the primary key begins with account and request id. */
const PAGE = `
  SELECT page.request_id, api_key_id, task_id, endpoint, model, provider, status, usage_source, prompt_tokens,
    completion_tokens, total_tokens, cost_nano_usd, streamed, http_status, error_code, latency_ms, intent,
    page.admitted_at, prompt_text AS prompt, completion_text AS response
  FROM (
    SELECT * FROM ledger WHERE user_id = $1 AND request_id > $2 ORDER BY request_id LIMIT $3
  ) page
  LEFT JOIN request_contents content USING (user_id, request_id, admitted_at)
  ORDER BY page.request_id`;

/** Everything that is kept of an account's calls, oldest first, a page at a time. */
@Injectable()
export class AccountCallsService {
  constructor(private readonly dataSource: DataSource) {}

  async *calls(userId: number): AsyncGenerator<ExportedCall> {
    for (let after = LOWEST_ID; ;) {
      const rows = await this.dataSource.query<CallRow[]>(PAGE, [userId, after, PAGE_SIZE]);
      for (const row of rows) yield { ...row, cost_nano_usd: Number(row.cost_nano_usd) };
      if (rows.length < PAGE_SIZE) return;
      after = rows[rows.length - 1].request_id;
    }
  }
}
