import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** What protects the owner of the upstream account, whatever the accounts may do. */
export interface InstallationLimits {
  /** While true every call is refused. */
  readonly frozen: boolean;
  readonly frozen_reason: string | null;
  /** Cap of all accounts together on one UTC day, in nano-dollars; null for none. */
  readonly cost_per_day_nano_usd: number | null;
  /** What the current day has cost so far. Null without a cap: it is only counted under one. */
  readonly spent_today_nano_usd: number | null;
}

interface InstallationRow {
  frozen: boolean;
  frozen_reason: string | null;
  cost_per_day_nano_usd: string | null;
  spent: string | null;
}

/** The kill switch and the cap of cost over the whole installation. Admission reads both from the row on every call. */
@Injectable()
export class InstallationService {
  constructor(private readonly dataSource: DataSource) {}

  async describe(): Promise<InstallationLimits> {
    const [row] = await this.dataSource.query<InstallationRow[]>(
      `SELECT n.frozen, n.frozen_reason, n.cost_per_day_nano_usd, w.spent_nano_usd AS spent
         FROM installation n
         LEFT JOIN quota_windows w ON w.user_id = 0 AND w.subject = 0 AND w.period = 1 AND w.generation = 0
              AND w.starts_at = date_trunc('day', now(), 'UTC')
        WHERE n.id = 1`,
    );
    if (row === undefined) throw new Error('the installation has no row');
    const cap = row.cost_per_day_nano_usd;
    return {
      frozen: row.frozen,
      frozen_reason: row.frozen_reason,
      cost_per_day_nano_usd: cap === null ? null : Number(cap),
      spent_today_nano_usd: cap === null ? null : Number(row.spent ?? 0),
    };
  }

  async freeze(reason: string | null): Promise<InstallationLimits> {
    await this.dataSource.query(
      'UPDATE installation SET frozen = true, frozen_reason = $1, updated_at = now() WHERE id = 1',
      [reason],
    );
    return this.describe();
  }

  async thaw(): Promise<InstallationLimits> {
    await this.dataSource.query(
      'UPDATE installation SET frozen = false, frozen_reason = NULL, updated_at = now() WHERE id = 1',
    );
    return this.describe();
  }

  /** Null lifts the cap. */
  async capDailyCost(costPerDayNanoUsd: number | null): Promise<InstallationLimits> {
    await this.dataSource.query('UPDATE installation SET cost_per_day_nano_usd = $1, updated_at = now() WHERE id = 1', [
      costPerDayNanoUsd,
    ]);
    return this.describe();
  }
}
