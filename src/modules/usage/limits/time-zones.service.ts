import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { invalidRequest } from '../../../common/errors/errors.js';

/** The time zone of an account's days and months. */
export interface AccountTimeZone {
  /** IANA name, spelled as the database does. */
  readonly timeZone: string;
  /** When its days begin to follow it; null when they do. */
  readonly daysFrom: Date | null;
  /** The same for months. */
  readonly monthsFrom: Date | null;
}

const NAMED = `
  SELECT name FROM pg_timezone_names
   WHERE lower(name) = lower($1) AND name !~ '^(posix|right)/|^(localtime|posixrules|Factory)$'`;

const DESCRIBE = `
  SELECT time_zone AS "timeZone",
         CASE WHEN (kept_day).ends_at > now() THEN (kept_day).ends_at END AS "daysFrom",
         CASE WHEN (kept_month).ends_at > now() THEN (kept_month).ends_at END AS "monthsFrom"
    FROM quota_accounts WHERE user_id = $1`;

/** In which time zone an account's days and months begin. */
@Injectable()
export class TimeZonesService {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  async describe(userId: number, manager: EntityManager = this.dataSource.manager): Promise<AccountTimeZone> {
    const [row] = await manager.query<AccountTimeZone[]>(DESCRIBE, [userId]);
    if (row === undefined) throw new Error(`account ${userId} has no quota account`);
    return row;
  }

  /**
   * Moves an account to another time zone, from its next day and its next month on. The current ones go on until the next
   * date begins in the new zone, so no date comes twice and none is left out. Part of the caller's transaction.
   * @throws DomainError `invalid_request` for a name that the database does not know
   */
  async change(
    manager: EntityManager,
    userId: number,
    timeZone: string,
  ): Promise<{ before: AccountTimeZone; after: AccountTimeZone }> {
    const [named] = await manager.query<{ name: string }[]>(NAMED, [timeZone]);
    if (named === undefined) {
      throw invalidRequest('time_zone must be the name of an IANA time zone, such as Europe/Berlin', {
        param: 'time_zone',
      });
    }
    const before = await this.describe(userId, manager);
    await manager.query('SELECT gatehouse_change_time_zone($1, $2)', [userId, named.name]);
    return { before, after: await this.describe(userId, manager) };
  }
}
