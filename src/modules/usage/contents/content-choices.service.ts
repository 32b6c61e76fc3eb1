import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import { Config } from '../../../config/config.js';
import { accountTarget } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';
import { RequestContentsService } from '../ledger/request-contents.service.js';
import type { ContentChoice } from './content-choice.dto.js';
import type { ContentMode } from './content-mode.js';
import { redact } from './redact.js';

/** A call whose prompt and answer nobody needs any more for its analysis. */
export interface LookedAtCall {
  readonly userId: number;
  readonly requestId: string;
}

interface ContentRow {
  readonly user_id: number;
  readonly request_id: string;
  readonly prompt_text: string;
  readonly completion_text: string;
}

const WRITE = `
  INSERT INTO content_choices (user_id, mode) VALUES ($1, $2)
  ON CONFLICT (user_id) DO UPDATE SET mode = excluded.mode, updated_at = now()`;

/* Contents lie under the time inside their request id: the partition and its key are known. */
const ARE_OF_CALLS = `
  c.user_id = i.user_id AND c.request_id = i.request_id AND c.admitted_at = gatehouse_request_time(i.request_id)`;
const DROP = `
  DELETE FROM request_contents c USING unnest($1::int[], $2::uuid[]) AS i(user_id, request_id) WHERE ${ARE_OF_CALLS}`;
const READ = `
  SELECT c.user_id, c.request_id, c.prompt_text, c.completion_text
    FROM request_contents c JOIN unnest($1::int[], $2::uuid[]) AS i(user_id, request_id) ON ${ARE_OF_CALLS}`;
const REDACT = `
  UPDATE request_contents SET prompt_text = $3, completion_text = $4
   WHERE user_id = $1 AND request_id = $2::uuid AND admitted_at = gatehouse_request_time($2::uuid)`;

/** What accounts chose for their prompts and answers, and what follows from it. */
@Injectable()
export class ContentChoicesService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly config: Config,
    private readonly contents: RequestContentsService,
    private readonly audit: AuditService,
  ) {}

  async describe(userId: number): Promise<ContentChoice> {
    const mode = (await this.chosen(this.dataSource.manager, [userId])).get(userId);
    return { contents: mode ?? this.config.retention.contentMode, is_own_choice: mode !== undefined };
  }

  /** Holds for calls from now on; `drop` also deletes what is there. */
  async choose(userId: number, mode: ContentMode, actor: Actor): Promise<ContentChoice> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query(WRITE, [userId, mode]);
      const deleted = mode === 'drop' ? await this.contents.erase([userId], manager) : 0;
      const details = { contents: mode, deleted };
      await this.audit.record(manager, {
        actor,
        action: 'account.contents_chosen',
        target: accountTarget(userId),
        details,
      });
    });
    return this.describe(userId);
  }

  /** Deletes or redacts what these calls said, where that was chosen. Part of the caller's transaction. */
  async apply(manager: EntityManager, calls: readonly LookedAtCall[]): Promise<void> {
    const chosen = await this.chosen(manager, [...new Set(calls.map(({ userId }) => userId))]);
    const withMode = (mode: ContentMode) =>
      calls.filter(({ userId }) => (chosen.get(userId) ?? this.config.retention.contentMode) === mode);
    await this.drop(manager, withMode('drop'));
    await this.redact(manager, withMode('redact'));
  }

  private async drop(manager: EntityManager, calls: readonly LookedAtCall[]): Promise<void> {
    if (calls.length === 0) return;
    await manager.query(DROP, idsOf(calls));
  }

  private async redact(manager: EntityManager, calls: readonly LookedAtCall[]): Promise<void> {
    if (calls.length === 0) return;
    const rows = await manager.query<ContentRow[]>(READ, idsOf(calls));
    for (const { user_id, request_id, prompt_text, completion_text } of rows) {
      await manager.query(REDACT, [user_id, request_id, redact(prompt_text), redact(completion_text)]);
    }
  }

  private async chosen(manager: EntityManager, userIds: readonly number[]): Promise<Map<number, ContentMode>> {
    const rows = await manager.query<{ userId: number; mode: ContentMode }[]>(
      'SELECT user_id AS "userId", mode FROM content_choices WHERE user_id = ANY ($1::int[])',
      [userIds],
    );
    return new Map(rows.map(({ userId, mode }) => [userId, mode]));
  }
}

function idsOf(calls: readonly LookedAtCall[]): unknown[] {
  return [calls.map(({ userId }) => userId), calls.map(({ requestId }) => requestId)];
}
