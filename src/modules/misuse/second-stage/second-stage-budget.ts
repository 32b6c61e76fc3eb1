import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { SecondStageSettings } from '../../../config/config.js';
import { CALLS_PER_EXAMINATION } from './openai-examiner.js';

/** What was taken from a day's budget, to be corrected when the true cost is known. */
export interface Reservation {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly nanoUsd: number;
}

/** A day's calls and money for the second stage, shared by all processes. What a dead process reserved stays spent. */
@Injectable()
export class SecondStageBudget {
  constructor(private readonly dataSource: DataSource) {}

  /** Takes one examination's calls and most it may cost; null when the day has not so much left. */
  async reserve(nanoUsd: number, settings: SecondStageSettings): Promise<Reservation | null> {
    const { callsPerDay, nanoUsdPerDay } = settings;
    const rows = await this.dataSource.query<{ day: string }[]>(RESERVE, [
      CALLS_PER_EXAMINATION,
      nanoUsd,
      callsPerDay,
      nanoUsdPerDay,
    ]);
    return rows[0] === undefined ? null : { day: rows[0].day, nanoUsd };
  }

  /** Says what it did cost. */
  async settle({ day, nanoUsd }: Reservation, costNanoUsd: number): Promise<void> {
    await this.dataSource.query('UPDATE misuse_second_stage_days SET nano_usd = nano_usd + $2::bigint WHERE day = $1', [
      day,
      costNanoUsd - nanoUsd,
    ]);
  }
}

const RESERVE = `
  INSERT INTO misuse_second_stage_days AS spent (day, calls, nano_usd)
  SELECT (now() AT TIME ZONE 'UTC')::date, $1::int, $2::bigint WHERE $1::int <= $3::int AND $2::bigint <= $4::bigint
  ON CONFLICT (day) DO UPDATE SET calls = spent.calls + excluded.calls, nano_usd = spent.nano_usd + excluded.nano_usd
    WHERE spent.calls + excluded.calls <= $3::int AND spent.nano_usd + excluded.nano_usd <= $4::bigint
  RETURNING day::text`;
