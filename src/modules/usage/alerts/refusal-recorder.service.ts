import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { FlushTimer } from '../../../common/flush-timer.js';
import { HotDatabase } from '../../../database/hot-database.js';
import type { AdmissionRequest } from '../admission/admission.types.js';
import type { AdmissionRow } from '../admission/admit.statement.js';
import { RefusalBuffer } from './refusal-buffer.js';
import { refusedLimitOf } from './refused-limit.js';

const WRITE_EVERY_MS = 5_000;
const ONCE_IN_MS = 60_000;
const MOST_LIMITS = 1_000;

/* In the order of the key, as several processes may write the same limits at once. */
const WRITE = {
  name: 'gatehouse_note_refusals',
  text: `
  INSERT INTO window_refusals (user_id, subject, subject_id, period, measure, resets_at, most, used, refused_at)
  SELECT DISTINCT ON (1, 2, 3, 4, 5, 6) r."userId", r.subject, r."subjectId", r.period, r.measure,
         coalesce(r."resetsAt", 'infinity'), r."limit", r.used, r."refusedAt"
    FROM jsonb_to_recordset($1::jsonb) AS r("userId" int, subject smallint, "subjectId" int, period smallint, measure text,
           "limit" bigint, used bigint, "resetsAt" timestamptz, "refusedAt" timestamptz)
   ORDER BY 1, 2, 3, 4, 5, 6, 9 DESC
  ON CONFLICT (user_id, subject, subject_id, period, measure, resets_at) DO UPDATE
     SET most = excluded.most, used = excluded.used, refused_at = excluded.refused_at`,
};

/** Writes down which limits are spent so far that they refuse calls. A refusal itself costs no write: a timer does it. */
@Injectable()
export class RefusalRecorder implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RefusalRecorder.name);
  private readonly buffer = new RefusalBuffer(ONCE_IN_MS, MOST_LIMITS);
  private readonly timer = new FlushTimer(() => this.write(), WRITE_EVERY_MS);

  constructor(@Inject(HotDatabase) private readonly database: HotDatabase) {}

  onApplicationBootstrap(): void {
    this.timer.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.timer.stop();
  }

  /** Remembers the refusal of an admission if a spent limit is the reason. */
  note(request: AdmissionRequest, row: AdmissionRow): void {
    const refusal = refusedLimitOf(request, row);
    if (refusal !== null) this.buffer.note(refusal);
  }

  /** Writes what was noted. Never rejects: what could not be written is written the next time. */
  async write(): Promise<void> {
    const refusals = this.buffer.take();
    if (refusals.length === 0) return;
    try {
      await this.database.query(WRITE, [JSON.stringify(refusals)]);
    } catch (error) {
      this.buffer.giveBack(refusals);
      this.logger.warn({ err: error }, 'could not note which limits are spent');
    }
  }
}
