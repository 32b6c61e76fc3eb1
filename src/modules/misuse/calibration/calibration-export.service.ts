import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import { INSTALLATION } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';
import type { ReviewedPrompt } from './reviewed-prompt.js';

const ROWS_AT_ONCE = 1_000;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** What people made of flagged prompts, as a file to measure and train the classifiers with. */
@Injectable()
export class CalibrationExportService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /** NDJSON, a `ReviewedPrompt` a line, by account. Who took it is on record before the first line is read. */
  async export(actor: Actor): Promise<Readable> {
    await this.audit.record(this.dataSource.manager, {
      actor,
      action: 'misuse.calibration_exported',
      target: INSTALLATION,
    });
    return Readable.from(this.chunks(), { objectMode: false, highWaterMark: 64 * 1024 });
  }

  private async *chunks(): AsyncGenerator<Buffer> {
    let [userId, requestId] = [0, BEFORE_ALL];
    for (;;) {
      const rows = await this.dataSource.query<ReviewedPrompt[]>(NEXT, [userId, requestId, ROWS_AT_ONCE]);
      const last = rows.at(-1);
      if (last === undefined) return;
      yield Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      [userId, requestId] = [last.user_id, last.request_id];
    }
  }
}

/*
 * By way of the decisions, which are few, to the prompts that they were about. A prompt is a false positive when it is out of
 * the evidence, whatever its case was said to be. Requests outside of their task are no prompts that were flagged.
 */
const NEXT = `
  WITH of_cases AS (
    SELECT c.user_id, (item ->> 'request_id')::uuid AS request_id, bool_or(c.is_confirmed) AS is_confirmed
      FROM (
        SELECT user_id, state, evidence, EXISTS (
                 SELECT 1 FROM misuse_events e
                  WHERE e.user_id = misuse_cases.user_id AND e.case_id = misuse_cases.id AND e.kind IN ('confirmed', 'upheld')
               ) AS is_confirmed
          FROM misuse_cases WHERE user_id >= $1
      ) c
     CROSS JOIN LATERAL jsonb_array_elements(c.evidence) item
     WHERE c.state = 'dismissed' OR c.is_confirmed
     GROUP BY 1, 2
  ), reviewed AS (
    SELECT user_id, request_id, bool_or(is_confirmed) AS is_confirmed
      FROM (
        SELECT user_id, request_id, is_confirmed FROM of_cases
        UNION ALL
        SELECT user_id, request_id, false FROM misuse_events WHERE user_id >= $1 AND kind = 'false_positive'
      ) decided
     WHERE (user_id, request_id) > ($1::int, $2::uuid)
     GROUP BY 1, 2
  )
  SELECT CASE WHEN a.excluded_at IS NULL THEN 'confirmed' ELSE 'false_positive' END AS verdict, a.request_id, a.user_id,
         a.admitted_at AS at, a.score, a.harm, a.attack, a.category, a.weight, a.model_version, a.excerpt
    FROM reviewed r
    JOIN misuse_assessments a ON a.user_id = r.user_id AND a.request_id = r.request_id
   WHERE a.weight > 0 AND (a.excluded_at IS NOT NULL OR r.is_confirmed)
   ORDER BY a.user_id, a.request_id
   LIMIT $3`;
