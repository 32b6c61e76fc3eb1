import { Injectable } from '@nestjs/common';
import type { TargetedLogEntry } from '../usage/ledger/targeted-log-entry.dto.js';
import { cursorBehind, cursorOf } from '../usage/ledger/ledger-cursor.js';
import { LedgerReaderService } from '../usage/ledger/ledger-reader.service.js';
import type { AdminLogsQuery } from './dto/admin-logs.query.js';

/** The calls of all accounts, as administrators search them. */
@Injectable()
export class AdminLogsService {
  constructor(private readonly ledger: LedgerReaderService) {}

  /** One page; `nextCursor` is there when there may be more. */
  async page(query: AdminLogsQuery): Promise<{ entries: TargetedLogEntry[]; nextCursor: string | undefined }> {
    const entries = await this.ledger.search({
      userId: query.user_id,
      apiKeyId: query.api_key_id,
      taskId: query.task_id,
      model: query.model,
      intent: query.intent,
      status: query.status,
      from: query.from,
      to: query.to,
      after: cursorOf(query.cursor),
      limit: query.limit,
      skip: query.skip,
    });
    return { entries, nextCursor: cursorBehind(entries, query.limit) };
  }
}
