import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { accountTarget } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { AccountCallsService } from '../usage/ledger/account-calls.service.js';
import { LimitsService } from '../usage/limits/limits.service.js';
import { UsersService } from '../users/users.service.js';
import { exportedAccount, exportedKey } from './exported.js';

const MOST_KEYS = 100_000;

/** Everything that is kept about a person, for that person. */
@Injectable()
export class ExportService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly limits: LimitsService,
    private readonly keys: ApiKeysService,
    private readonly ledger: AccountCallsService,
    private readonly audit: AuditService,
  ) {}

  /**
   * One JSON document, in pieces: `{exported_at, account, quota, keys, calls}`. Calls are read as they are sent, so that
   * a long history does not fill the memory. A document that was cut off is not valid JSON.
   */
  async export(userId: number, actor: Actor): Promise<AsyncIterable<string>> {
    const [user, quota, keys] = await Promise.all([
      this.users.getById(userId),
      this.limits.describe(userId),
      this.keys.list(userId, { skip: 0, limit: MOST_KEYS, activeOnly: false }),
    ]);
    await this.audit.record(this.dataSource.manager, {
      actor,
      action: 'account.exported',
      target: accountTarget(userId),
    });
    const head = {
      exported_at: new Date(),
      account: exportedAccount(user),
      quota,
      keys: keys.map(exportedKey),
    };
    return this.document(head, userId);
  }

  private async *document(head: object, userId: number): AsyncGenerator<string> {
    yield `${JSON.stringify(head).slice(0, -1)},"calls":[`;
    let separator = '';
    for await (const call of this.ledger.calls(userId)) {
      yield separator + JSON.stringify(call);
      separator = ',';
    }
    yield ']}';
  }
}
