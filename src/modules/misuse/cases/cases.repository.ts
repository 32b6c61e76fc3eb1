import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Evidence } from '../evidence.dto.js';
import type { CaseDetail } from './case-detail.dto.js';
import type { CaseEvent } from './case-event.dto.js';
import type { CaseView } from './case-view.dto.js';
import type { CaseCause, CaseState, NewCase } from './case.js';

const EVENTS_SHOWN = 500;

export interface NewEvent {
  readonly userId: number;
  readonly kind: string;
  /** Milliseconds since 1970; now when left out. */
  readonly at?: number;
  readonly requestId?: string | null;
  readonly caseId?: string | null;
  readonly actorId?: number | null;
  readonly enforced?: boolean;
  readonly details?: Record<string, unknown>;
}

/** Cases and the events of accounts, as they are stored. */
@Injectable()
export class CasesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Opens a case with the evidence there is now; null when one with this cause is open already. */
  async open(manager: EntityManager, wanted: NewCase): Promise<string | null> {
    const rows = await manager.query<{ id: string }[]>(OPEN, [
      wanted.userId,
      wanted.cause,
      wanted.reason,
      wanted.score,
      wanted.enforced,
      wanted.needsPerson,
    ]);
    return rows[0]?.id ?? null;
  }

  /**
   * Carries out the open case that was only written down, with what speaks against the account since; null when there is
   * none.
   */
  async enforce(manager: EntityManager, wanted: NewCase): Promise<string | null> {
    const [rows] = await manager.query<[{ id: string }[], number]>(ENFORCE, [
      wanted.userId,
      wanted.cause,
      wanted.reason,
      wanted.score,
      wanted.needsPerson,
    ]);
    return rows[0]?.id ?? null;
  }

  /** Writes a block that a person decided down as a case, under the id that the account was told. */
  async openManual(manager: EntityManager, userId: number, caseId: string): Promise<void> {
    await manager.query(OPEN_MANUAL, [userId, caseId]);
  }

  /** Closes the account's open cases, all or those with one cause; answers with them. */
  async close(
    manager: EntityManager,
    userId: number,
    closing: { state: CaseState; cause?: CaseCause; closedBy: number | null },
  ): Promise<string[]> {
    const [rows] = await manager.query<[{ id: string }[], number]>(
      `UPDATE misuse_cases SET state = $2, closed_by = $3, closed_at = now()
        WHERE user_id = $1 AND closed_at IS NULL AND ($4::text IS NULL OR cause = $4) RETURNING id`,
      [userId, closing.state, closing.closedBy, closing.cause ?? null],
    );
    return rows.map(({ id }) => id);
  }

  async appeal(manager: EntityManager, caseId: string, text: string): Promise<boolean> {
    const [, affected] = await manager.query<[unknown, number]>(
      `UPDATE misuse_cases SET state = 'appealed', appeal = $2, appealed_at = now() WHERE id = $1 AND state = 'open'`,
      [caseId, text],
    );
    return affected === 1;
  }

  /** Decides an appeal: the block stands. False when the case has none that waits. */
  async uphold(
    manager: EntityManager,
    caseId: string,
    decision: { upheldBy: number | null; answer: string | null },
  ): Promise<boolean> {
    const [, affected] = await manager.query<[unknown, number]>(
      `UPDATE misuse_cases SET state = 'upheld', upheld_at = now(), upheld_by = $2, answer = $3
        WHERE id = $1 AND state = 'appealed'`,
      [caseId, decision.upheldBy, decision.answer],
    );
    return affected === 1;
  }

  /** Whether a person said that the block of a case stands. */
  async isConfirmed(manager: EntityManager, userId: number, caseId: string): Promise<boolean> {
    const rows = await manager.query<unknown[]>(
      `SELECT 1 FROM misuse_events WHERE user_id = $1 AND case_id = $2 AND kind IN ('confirmed', 'upheld') LIMIT 1`,
      [userId, caseId],
    );
    return rows.length > 0;
  }

  /** Takes a prompt out of the evidence; null when there is none, and `isNew` is false when it was out before. */
  async exclude(
    manager: EntityManager,
    userId: number,
    requestId: string,
    excludedBy: number | null,
  ): Promise<{ isNew: boolean } | null> {
    const rows = await manager.query<{ excluded: boolean }[]>(
      'SELECT excluded_at IS NOT NULL AS excluded FROM misuse_assessments WHERE user_id = $1 AND request_id = $2',
      [userId, requestId],
    );
    if (rows.length === 0) return null;
    const isNew = rows.some(({ excluded }) => !excluded);
    if (isNew) {
      await manager.query(
        `UPDATE misuse_assessments SET excluded_at = now(), excluded_by = $3
          WHERE user_id = $1 AND request_id = $2 AND excluded_at IS NULL`,
        [userId, requestId, excludedBy],
      );
    }
    return { isNew };
  }

  async note(manager: EntityManager, event: NewEvent): Promise<void> {
    await manager.query(NOTE, [
      event.userId,
      event.kind,
      event.at ?? null,
      event.requestId ?? null,
      event.caseId ?? null,
      event.actorId ?? null,
      event.enforced ?? true,
      JSON.stringify(event.details ?? {}),
    ]);
  }

  /** Newest first. */
  async search(search: { state?: CaseState; userId?: number; limit: number; skip: number }): Promise<CaseView[]> {
    return this.dataSource.query<CaseView[]>(
      `SELECT ${CASE} WHERE ($1::text IS NULL OR c.state = $1) AND ($2::int IS NULL OR c.user_id = $2)
        ORDER BY c.created_at DESC, c.id LIMIT $3 OFFSET $4`,
      [search.state ?? null, search.userId ?? null, search.limit, search.skip],
    );
  }

  async find(caseId: string, manager: EntityManager = this.dataSource.manager): Promise<CaseView | null> {
    const [found] = await manager.query<CaseView[]>(`SELECT ${CASE} WHERE c.id = $1`, [caseId]);
    return found ?? null;
  }

  async detail(caseId: string): Promise<CaseDetail | null> {
    const [found] = await this.dataSource.query<Omit<CaseDetail, 'events'>[]>(
      `SELECT c.evidence, ${CASE} WHERE c.id = $1`,
      [caseId],
    );
    return found === undefined ? null : { ...found, events: await this.events(found.user_id) };
  }

  /** The open case, else the last one. */
  async latestOf(userId: number): Promise<Omit<CaseDetail, 'events'> | null> {
    const [found] = await this.dataSource.query<Omit<CaseDetail, 'events'>[]>(
      `SELECT c.evidence, ${CASE} WHERE c.user_id = $1 AND c.enforced
        ORDER BY c.closed_at IS NULL DESC, c.created_at DESC LIMIT 1`,
      [userId],
    );
    return found ?? null;
  }

  /** Every case of an account, those of shadow mode included, oldest first. */
  async allOf(userId: number): Promise<Omit<CaseDetail, 'events'>[]> {
    return this.dataSource.query<Omit<CaseDetail, 'events'>[]>(
      `SELECT c.evidence, ${CASE} WHERE c.user_id = $1 ORDER BY c.created_at, c.id`,
      [userId],
    );
  }

  /** What happened to an account, oldest first. */
  async events(userId: number): Promise<CaseEvent[]> {
    return this.dataSource.query<CaseEvent[]>(EVENTS, [userId, EVENTS_SHOWN]);
  }

  /** What speaks against an account, newest first: flagged prompts, and requests that cost it points. */
  async evidence(userId: number, limit: number): Promise<Evidence[]> {
    return this.dataSource.query<Evidence[]>(
      `SELECT ${EVIDENCE} FROM misuse_assessments a WHERE user_id = $1 AND (weight > 0 OR deviation_delta > 0)
        ORDER BY admitted_at DESC LIMIT $2`,
      [userId, limit],
    );
  }
}

const CASE = `c.id, c.user_id, u.email AS user_email, u.name AS user_name, c.cause, c.state, c.reason, c.score, c.enforced,
  c.needs_person, c.appeal, c.appealed_at, c.upheld_at, c.upheld_by, c.answer, c.closed_by, c.closed_at, c.created_at
  FROM misuse_cases c JOIN users u ON u.id = c.user_id`;

const EVIDENCE = `a.request_id, a.admitted_at AS at, a.score, a.harm, a.attack, a.category, a.weight, a.model_version,
  a.excerpt, a.excluded_at, a.guard_intent, a.task_id, a.deviation_delta,
  (SELECT to_jsonb(shown) FROM (
     SELECT o.outcome, o.failure, o.weight, o.moderation_score, o.moderation_category, o.intent, o.injection,
            o.confidence, o.model_version, o.given_at
       FROM misuse_second_opinions o
      WHERE o.user_id = a.user_id AND o.request_id = a.request_id AND o.admitted_at = a.admitted_at) shown
  ) AS second_opinion`;

/* What spoke against the account: flagged prompts, or for deviation the requests outside of their task. */
const EVIDENCE_NOW = `coalesce((
    SELECT jsonb_agg(to_jsonb(shown)) FROM (
      SELECT ${EVIDENCE}
        FROM misuse_assessments a
       WHERE a.user_id = $1 AND a.excluded_at IS NULL AND a.admitted_at > now() - interval '8 days'
         AND CASE WHEN $2 = 'deviation' THEN a.deviation_delta > 0 ELSE a.weight > 0 END
       ORDER BY a.admitted_at DESC LIMIT 50) shown), '[]')`;

const OPEN = `
  INSERT INTO misuse_cases (user_id, cause, reason, score, enforced, needs_person, evidence)
  SELECT $1, $2, $3, $4, $5, $6, ${EVIDENCE_NOW}
  ON CONFLICT (user_id, cause) WHERE closed_at IS NULL DO NOTHING
  RETURNING id`;

/* What the case was opened with stays, behind what is newer. */
const ENFORCE = `
  WITH latest AS (SELECT ${EVIDENCE_NOW} AS evidence)
  UPDATE misuse_cases c
     SET enforced = true, reason = $3, score = $4, needs_person = c.needs_person OR $5,
         evidence = latest.evidence || coalesce((
           SELECT jsonb_agg(item ORDER BY place) FROM jsonb_array_elements(c.evidence) WITH ORDINALITY AS old (item, place)
            WHERE NOT latest.evidence @> jsonb_build_array(jsonb_build_object('request_id', item -> 'request_id'))), '[]')
    FROM latest
   WHERE c.user_id = $1 AND c.cause = $2 AND c.closed_at IS NULL AND NOT c.enforced
  RETURNING c.id`;

const OPEN_MANUAL = `
  INSERT INTO misuse_cases (id, user_id, cause, reason, created_at)
  SELECT $2, id, 'manual', coalesce(blocked_reason, 'Blocked by an administrator'), coalesce(blocked_at, now())
    FROM users WHERE id = $1
  ON CONFLICT DO NOTHING`;

const NOTE = `
  INSERT INTO misuse_events (user_id, kind, happened_at, request_id, case_id, actor_id, enforced, details)
  VALUES ($1, $2, coalesce(to_timestamp($3::double precision / 1000), clock_timestamp()), $4, $5, $6, $7, $8)`;

const EVENTS = `
  SELECT kind, happened_at, request_id, case_id, actor_id, enforced, details FROM (
    SELECT * FROM misuse_events WHERE user_id = $1 ORDER BY id DESC LIMIT $2
  ) latest ORDER BY id`;
