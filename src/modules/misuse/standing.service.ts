import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { notFound } from '../../common/errors/errors.js';
import { Config } from '../../config/config.js';
import { DatabaseClock } from '../../database/database-clock.js';
import type { AccountTimeline } from './account-timeline.dto.js';
import { remaining } from './behaviour/advance.js';
import { SUSPICION_HALF_LIFE_MS } from './behaviour/policy.js';
import type { Level } from './behaviour/policy.js';
import { CasesRepository } from './cases/cases.repository.js';
import { deviationAt } from './deviation/deviation-score.js';
import type { RiskDistribution } from './risk-distribution.dto.js';
import type { Standing } from './standing.dto.js';

const EVIDENCE_SHOWN = 200;
const CASES_SHOWN = 100;

/** Reads where accounts stand, for reviewers. */
@Injectable()
export class StandingService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cases: CasesRepository,
    private readonly config: Config,
    private readonly clock: DatabaseClock,
  ) {}

  /**
   * Accounts by risk: who is blocked, whatever for, then by level, and at each the highest score first. Those that are
   * allow-listed come last at their level.
   */
  async queue(search: { level?: Level; limit: number; skip: number }): Promise<Standing[]> {
    const { level = null, limit, skip } = search;
    const rows = await this.dataSource.query<StandingRow[]>(QUEUE, [
      level,
      limit,
      skip,
      SUSPICION_HALF_LIFE_MS / 1_000,
      this.config.misuse.deviationHalfLifeMs / 1_000,
    ]);
    return rows.map((row) => this.standing(row));
  }

  /** One account with each piece of evidence. Throws 404. */
  async timeline(userId: number): Promise<AccountTimeline> {
    const standing = await this.ofUser(userId);
    const [cases, events, evidence] = await Promise.all([
      this.cases.search({ userId, limit: CASES_SHOWN, skip: 0 }),
      this.cases.events(userId),
      this.cases.evidence(userId, EVIDENCE_SHOWN),
    ]);
    return { ...standing, cases, events, evidence };
  }

  /** Throws 404. */
  async ofUser(userId: number): Promise<Standing> {
    const [row] = await this.dataSource.query<StandingRow[]>(ONE, [userId]);
    if (row === undefined) throw notFound('User not found', { code: 'user_not_found' });
    return this.standing(row);
  }

  /** How many accounts are at which risk, by the level of their behaviour and by their deviation score as of now. */
  async riskDistribution(): Promise<RiskDistribution> {
    const { deviationHalfLifeMs, deviationThreshold, warningThreshold } = this.config.misuse;
    const [row] = await this.dataSource.query<RiskDistribution[]>(RISKS, [
      deviationHalfLifeMs / 1_000,
      deviationThreshold,
      warningThreshold,
    ]);
    return row;
  }

  private standing({ deviation_at, ...row }: StandingRow): Standing {
    const elapsedMs = this.clock.now() - (row.scored_at?.getTime() ?? 0);
    return {
      user_id: row.user_id,
      user_email: row.user_email,
      user_name: row.user_name,
      level: row.level,
      enforced: row.enforced,
      throttled_per_minute: row.throttled_per_minute,
      needs_person: row.needs_person,
      is_blocked: row.is_blocked,
      block_cause: row.block_cause,
      is_exempt: row.is_exempt,
      scored_at: row.scored_at,
      score: Math.round(row.score * remaining(elapsedMs, SUSPICION_HALF_LIFE_MS) * 100) / 100,
      deviation_score: this.deviationNow({ ...row, deviation_at }),
    };
  }

  private deviationNow(row: Pick<StandingRow, 'deviation_score' | 'deviation_at'>): number {
    const score = { score: row.deviation_score, at: row.deviation_at?.getTime() ?? null };
    return deviationAt(score, this.clock.now(), this.config.misuse.deviationHalfLifeMs);
  }
}

interface StandingRow extends Standing {
  readonly deviation_at: Date | null;
}

const STANDING = `
  SELECT u.id AS user_id, u.email AS user_email, u.name AS user_name,
         CASE WHEN u.is_blocked THEN 'block' ELSE coalesce(s.level, 'normal') END AS level,
         coalesce(s.score, 0) AS score, coalesce(s.deviation_score, 0) AS deviation_score, s.deviation_at, u.is_blocked,
         CASE WHEN u.is_blocked THEN coalesce((SELECT cause FROM misuse_cases c WHERE c.id = u.case_id), 'manual') END
           AS block_cause,
         CASE WHEN u.is_blocked THEN true WHEN s.level = 'block' THEN false
              WHEN s.level = 'throttle' THEN q.throttled_per_minute IS NOT NULL ELSE true END AS enforced,
         q.throttled_per_minute,
         EXISTS (SELECT 1 FROM misuse_cases c WHERE c.user_id = u.id AND c.closed_at IS NULL AND c.needs_person)
           AS needs_person,
         coalesce(s.is_exempt, false) AS is_exempt, s.scored_at`;

const WHOM = `FROM users u
      LEFT JOIN misuse_states s ON s.user_id = u.id
      LEFT JOIN quota_accounts q ON q.user_id = u.id`;

/** The logarithm of a score that halves, as of a fixed time: the order is that of the scores as of now, and does not drift. */
const logAsOf = (score: string, at: string, halfLifeSeconds: string) =>
  `CASE WHEN ${score} > 0 THEN ln(${score}) + ln(2::float8) * extract(epoch FROM ${at})::float8 / ${halfLifeSeconds}::float8 END`;

const QUEUE = `
  SELECT * FROM (
    ${STANDING},
           ${logAsOf('s.score', 's.scored_at', '$4')} AS log_score,
           ${logAsOf('s.deviation_score', 's.deviation_at', '$5')} AS log_deviation
      ${WHOM}
     WHERE u.deleted_at IS NULL AND (s.user_id IS NOT NULL OR u.is_blocked)
  ) standings
   WHERE $1::text IS NULL OR level = $1
   ORDER BY is_blocked DESC, array_position(ARRAY['block', 'throttle', 'warn', 'normal'], level), is_exempt,
            log_score DESC NULLS LAST, log_deviation DESC NULLS LAST, user_id
   LIMIT $2 OFFSET $3`;

const ONE = `${STANDING}
    ${WHOM}
   WHERE u.id = $1 AND u.deleted_at IS NULL`;

const RISKS = `
  SELECT (count(*) FILTER (WHERE is_high))::int AS high_risk, (count(*) FILTER (WHERE NOT is_high AND is_medium))::int AS medium_risk,
         (count(*) FILTER (WHERE NOT is_high AND NOT is_medium))::int AS low_risk
    FROM (
      SELECT coalesce(s.level IN ('throttle', 'block'), false) OR now_at.deviation >= $2 AS is_high,
             coalesce(s.level = 'warn', false) OR now_at.deviation >= $3 AS is_medium
        FROM users u
        LEFT JOIN misuse_states s ON s.user_id = u.id
       CROSS JOIN LATERAL (
         SELECT CASE WHEN s.deviation_at IS NULL THEN -1 ELSE
           round((s.deviation_score * power(2, -greatest(0, extract(epoch FROM now() - s.deviation_at)) / $1))::numeric, 2)
         END AS deviation
       ) now_at
       WHERE u.deleted_at IS NULL
    ) risks`;
