import type { LedgerCursor } from './ledger-cursor.js';

/** Which calls are looked for. What is left out does not matter. */
export interface LedgerFilter {
  readonly userId?: number;
  readonly apiKeyId?: number;
  readonly taskId?: number;
  readonly model?: string;
  /** One of the thirteen intents, or one of Guardflow's five. */
  readonly intent?: string;
  readonly status?: string;
  /** Calls admitted at this time or later. */
  readonly from?: Date;
  /** Calls admitted before this time. */
  readonly to?: Date;
}

/** Conditions on rows called l with their values, numbered from the first free parameter. */
export class LedgerConditions {
  private readonly conditions: string[] = [];
  readonly values: unknown[];

  constructor(values: unknown[]) {
    this.values = [...values];
  }

  /** `sql` names the value `?`. An undefined value adds no condition. */
  add(sql: string, value: unknown): this {
    if (value !== undefined) this.conditions.push(sql.replaceAll('?', this.parameter(value)));
    return this;
  }

  parameter(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  get sql(): string {
    return this.conditions.length === 0 ? 'true' : this.conditions.join(' AND ');
  }

  /** The filter itself, and only what lies behind the cursor. */
  match(filter: LedgerFilter, after: LedgerCursor | undefined): this {
    this.add('l.user_id = ?::int', filter.userId)
      .add('l.api_key_id = ?::int', filter.apiKeyId)
      .add('l.task_id = ?::int', filter.taskId)
      .add('l.model = ?', filter.model)
      .add('l.status = ?', filter.status)
      .add('(l.intent = ? OR l.guard_intent = ?)', filter.intent)
      .add('l.admitted_at >= ?::timestamptz', filter.from)
      .add('l.admitted_at < ?::timestamptz', filter.to);
    if (after === undefined) return this;
    // The second condition follows from the first one, but only it lets Postgres leave out partitions.
    const time = this.parameter(after.admittedAt);
    this.conditions.push(
      `(l.admitted_at, l.request_id) < (${time}::timestamptz, ${this.parameter(after.requestId)}::uuid)`,
    );
    this.conditions.push(`l.admitted_at <= ${time}::timestamptz`);
    return this;
  }
}

/** Calls of all accounts, or of one: an index gives them in order. */
export function newestFirst(filter: LedgerFilter, after: LedgerCursor | undefined, limit: number, skip: number) {
  const where = new LedgerConditions([limit, skip]).match(filter, after);
  // Request ids begin with their time: by id is by time, and the order of one account's primary key.
  const order = filter.userId === undefined ? 'l.admitted_at DESC, l.request_id DESC' : 'l.request_id DESC';
  return {
    text: `SELECT l.* FROM ledger l WHERE ${where.sql} ORDER BY ${order} LIMIT $1 OFFSET $2`,
    values: where.values,
  };
}

export interface DayRange {
  /** `YYYY-MM-DD`, included. */
  readonly first: string;
  /** `YYYY-MM-DD`, excluded. */
  readonly end: string;
}

/** Whether a filter can match so few calls that walking through all of them in order would take long. */
export function isSelective({ apiKeyId, taskId, model, intent, status }: LedgerFilter): boolean {
  return [apiKeyId, taskId, model, intent, status].some((value) => value !== undefined);
}

/** Matching calls of some days: the rollups tell which accounts have any on which day, the primary key finds them. */
export function fromRollups(filter: LedgerFilter, after: LedgerCursor | undefined, days: DayRange, limit: number) {
  const where = new LedgerConditions([limit, days.first, days.end]).match(filter, after);
  const buckets = new LedgerConditions(where.values)
    .add('r.user_id = ?::int', filter.userId)
    .add('r.api_key_id = ?::int', filter.apiKeyId)
    .add('r.model = ?', filter.model);
  const byIntent = filter.intent !== undefined;
  if (byIntent) buckets.add('(r.intent = ? OR r.guard_intent = ?)', filter.intent);
  else buckets.add('r.task_id = ?::int', filter.taskId).add('r.status = ?', filter.status);
  const text = `
    SELECT l.*
      FROM (SELECT DISTINCT r.user_id, r.day FROM ${byIntent ? 'usage_intents' : 'usage_rollups'} r
             WHERE r.day >= $2::date AND r.day < $3::date AND ${buckets.sql}) b
     CROSS JOIN LATERAL (
       SELECT * FROM ledger l
        WHERE l.user_id = b.user_id
          AND l.request_id >= gatehouse_first_request_id(b.day::timestamp AT TIME ZONE 'UTC')
          AND l.request_id < gatehouse_first_request_id((b.day + 1)::timestamp AT TIME ZONE 'UTC')
          AND l.admitted_at >= b.day::timestamp AT TIME ZONE 'UTC'
          AND l.admitted_at < (b.day + 1)::timestamp AT TIME ZONE 'UTC' AND ${where.sql}) l
     ORDER BY l.request_id DESC LIMIT $1`;
  return { text, values: buckets.values };
}
