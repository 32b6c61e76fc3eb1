import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import type { AuditTarget } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';
import { differences } from '../../audit/differences.js';
import { noteForAlerts } from './note-for-alerts.js';
import { openWindows } from './open-windows.js';
import { SUBJECT_NUMBERS } from './subject-limits.js';
import type { SubjectLimits } from './subject-limits.js';

type LimitName = keyof SubjectLimits;

const COLUMNS: Readonly<Record<LimitName, string>> = {
  requestsPerMinute: 'requests_per_minute',
  requestsPerHour: 'requests_per_hour',
  tokensPerDay: 'tokens_per_day',
  tokensPerMonth: 'tokens_per_month',
  lifetimeTokens: 'lifetime_tokens',
  costPerDayNanoUsd: 'cost_per_day_nano_usd',
  costPerMonthNanoUsd: 'cost_per_month_nano_usd',
  lifetimeCostNanoUsd: 'lifetime_cost_nano_usd',
};
const NAMES = Object.keys(COLUMNS) as LimitName[];
const COLUMN_LIST = Object.values(COLUMNS).join(', ');

const READ = `
  SELECT ${NAMES.map((name) => `${COLUMNS[name]} AS "${name}"`).join(', ')}
    FROM quota_limits WHERE user_id = $1 AND subject = $2 AND subject_id = $3`;
const WRITE = `
  INSERT INTO quota_limits (user_id, subject, subject_id, ${COLUMN_LIST})
  VALUES ($1, $2, $3, ${NAMES.map((_, index) => `$${index + 4}`).join(', ')})
  ON CONFLICT (user_id, subject, subject_id) DO UPDATE
    SET (${COLUMN_LIST}, updated_at) = (${Object.values(COLUMNS)
      .map((column) => `excluded.${column}`)
      .join(', ')}, now())`;

/** A key, or a task as one account works on it. */
export interface LimitedPart {
  readonly userId: number;
  readonly subject: 'key' | 'task';
  /** Integer id. */
  readonly subjectId: number;
  /** How the audit log names it. */
  readonly target: AuditTarget;
}

/** Limits of keys, and of tasks for each account that works on them. */
@Injectable()
export class SubjectLimitsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  /**
   * Changes the limits that are given; undefined ones stay. What was spent stays too: a limit that is the first one of its
   * subject begins with what was used in its current periods. No call of the account is admitted meanwhile.
   */
  async change(part: LimitedPart, changes: Partial<SubjectLimits>, actor: Actor): Promise<void> {
    const { userId, subject, subjectId, target } = part;
    const key = [userId, SUBJECT_NUMBERS[subject], subjectId];
    await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT 1 FROM quota_accounts WHERE user_id = $1 FOR UPDATE', [userId]);
      const before = await this.read(manager, key);
      const given = Object.entries(changes).filter(([, limit]) => limit !== undefined);
      const after: SubjectLimits = { ...before, ...Object.fromEntries(given) };
      const changed = differences(before, after, NAMES);
      if (changed === null) return;
      if (hasLimit(after)) await openWindows(manager, userId, subject, subjectId);
      await this.write(manager, key, after);
      await noteForAlerts(manager, userId);
      await this.audit.record(manager, { actor, action: `${subject}.limits_changed`, target, details: changed });
    });
  }

  private async read(manager: EntityManager, key: readonly number[]): Promise<SubjectLimits> {
    const [row] = await manager.query<Record<LimitName, string | number | null>[]>(READ, [...key]);
    return Object.fromEntries(NAMES.map((name) => [name, numberOrNull(row?.[name])])) as unknown as SubjectLimits;
  }

  /** Without any limit there is no row: nothing is counted then. */
  private async write(manager: EntityManager, key: readonly number[], limits: SubjectLimits): Promise<void> {
    const values = NAMES.map((name) => limits[name]);
    if (hasLimit(limits)) {
      await manager.query(WRITE, [...key, ...values]);
    } else {
      await manager.query('DELETE FROM quota_limits WHERE user_id = $1 AND subject = $2 AND subject_id = $3', [...key]);
    }
  }
}

function hasLimit(limits: SubjectLimits): boolean {
  return Object.values(limits).some((limit) => limit !== null);
}

/** The driver reads a bigint as text. */
function numberOrNull(value: string | number | null | undefined): number | null {
  return value == null ? null : Number(value);
}
