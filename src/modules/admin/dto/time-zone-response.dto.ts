import type { AccountTimeZone } from '../../usage/limits/time-zones.service.js';

export class TimeZoneResponseDto {
  user_id: number;
  /** IANA name. */
  time_zone: string;
  /** When the account's days begin to follow it; null when they do. */
  days_from: Date | null;
  /** The same for months. */
  months_from: Date | null;

  static of(userId: number, { timeZone, daysFrom, monthsFrom }: AccountTimeZone): TimeZoneResponseDto {
    return { user_id: userId, time_zone: timeZone, days_from: daysFrom, months_from: monthsFrom };
  }
}
