import { Injectable, Logger } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { AuditService } from '../audit/audit.service.js';
import { MisuseTextsService } from '../misuse/misuse-texts.service.js';
import { RequestContentsService } from '../usage/ledger/request-contents.service.js';
import { AccountChanges } from '../users/account-changes.service.js';
import { normaliseEmail } from '../users/identity.js';
import { PrincipalChanges } from '../users/principals/principal-changes.service.js';
import { UsersService } from '../users/users.service.js';

/** No call runs for so long: whatever was in flight at an erasure has written its content by then. */
const LATE_CONTENT_HOURS = 24;

export interface Erasure {
  readonly pseudonym: string;
  /** Prompts and answers that were deleted. */
  readonly contents: number;
  /** Keys that ended. */
  readonly keys: number;
}

/** Takes people out of the records, and leaves the books in order. */
@Injectable()
export class ErasureService {
  private readonly logger = new Logger(ErasureService.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly accounts: AccountChanges,
    private readonly keys: ApiKeysService,
    private readonly contents: RequestContentsService,
    private readonly misuseTexts: MisuseTextsService,
    private readonly audit: AuditService,
    private readonly principals: PrincipalChanges,
  ) {}

  /**
   * Erases a person in one transaction: names and content go, sessions and keys end, the ledger stays as it is under a
   * pseudonym. Throws 404, and 400 for the last active administrator.
   */
  async erase(userId: number, actor: Actor): Promise<Erasure> {
    const erasure = await this.dataSource.transaction(async (manager) => {
      const { email } = await this.users.getById(userId, manager);
      const pseudonym = await this.accounts.erase(manager, userId, actor);
      const keys = await this.keys.erase(manager, userId);
      const contents = await this.contents.erase([userId], manager);
      await this.misuseTexts.erase([userId], manager);
      await manager.query('UPDATE task_assignments SET progress_notes = NULL WHERE user_id = $1', [userId]);
      await manager.query('DELETE FROM refresh_tokens WHERE user_id = $1', [userId]);
      await manager.query(
        `UPDATE invitations
            SET email = NULL, email_normalized = NULL,
                revoked_at = CASE WHEN accepted_at IS NULL THEN coalesce(revoked_at, now()) END
          WHERE accepted_by = $1 OR email_normalized = $2`,
        [userId, normaliseEmail(email)],
      );
      await this.audit.depersonalise(manager, userId);
      return { pseudonym, keys, contents };
    });
    this.principals.forget({ userId });
    return erasure;
  }

  /** Deletes what calls in flight wrote after their account was erased. */
  @Cron(CronExpression.EVERY_10_SECONDS)
  async eraseLateContents(): Promise<void> {
    try {
      const userIds = await this.users.erasedWithin(LATE_CONTENT_HOURS);
      if (userIds.length === 0) return;
      await this.contents.erase(userIds);
      await this.misuseTexts.erase(userIds, this.dataSource.manager);
    } catch (error) {
      this.logger.warn({ err: error }, 'late contents of erased accounts could not be deleted; tried again soon');
    }
  }
}
