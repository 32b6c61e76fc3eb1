import { Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '../usage/ledger/ledger-cursor.js';
import { LedgerReaderService } from '../usage/ledger/ledger-reader.service.js';
import type { LedgerLogEntry } from '../usage/ledger/ledger-reader.service.js';
import type { AdminLogsQuery } from './dto/admin-logs.query.js';

/** The calls of all accounts, as administrators search them. */
@Injectable()
export class AdminLogsService {
  constructor(private readonly ledger: LedgerReaderService) {}

  /** One page; `nextCursor` is there when there may be more. */
  async page(query: AdminLogsQuery): Promise<{ entries: LedgerLogEntry[]; nextCursor: string | undefined }> {
    const entries = await this.ledger.search({
      userId: query.user_id,
      apiKeyId: query.api_key_id,
      taskId: query.task_id,
      model: query.model,
      intent: query.intent,
      status: query.status,
      from: query.from,
      to: query.to,
      after: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
      limit: query.limit,
      skip: query.skip,
    });
    const last = entries.length === query.limit ? entries.at(-1) : undefined;
    const nextCursor = last && encodeCursor({ admittedAt: last.timestamp, requestId: last.request_id });
    return { entries, nextCursor };
  }
}
