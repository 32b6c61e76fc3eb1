import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { InstallationLimits } from './installation-limits.dto.js';
import type { Actor } from '../../../common/actor.js';
import { INSTALLATION } from '../../audit/audit-entry.js';
import type { AuditAction } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';

interface InstallationRow {
  frozen: boolean;
  frozen_reason: string | null;
  cost_per_day_nano_usd: string | null;
  spent: string | null;
}

/** The kill switch and the cap of cost over the whole installation. Admission reads both from the row on every call. */
@Injectable()
export class InstallationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

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

  /** From now on every call is refused, on all replicas. */
  async freeze(reason: string | null, actor: Actor): Promise<InstallationLimits> {
    return this.change('installation.frozen', actor, { reason }, async (manager) => {
      await manager.query('UPDATE installation SET frozen = true, frozen_reason = $1, updated_at = now()', [reason]);
    });
  }

  async thaw(actor: Actor): Promise<InstallationLimits> {
    return this.change('installation.thawed', actor, {}, async (manager) => {
      await manager.query('UPDATE installation SET frozen = false, frozen_reason = NULL, updated_at = now()');
    });
  }

  /** Null lifts the cap. One that comes in the middle of a day knows what the day has cost so far. */
  async capDailyCost(costPerDayNanoUsd: number | null, actor: Actor): Promise<InstallationLimits> {
    const before = (await this.describe()).cost_per_day_nano_usd;
    const details = { costPerDayNanoUsd: { from: before, to: costPerDayNanoUsd } };
    return this.change('installation.limits_changed', actor, details, async (manager) => {
      if (costPerDayNanoUsd !== null) await manager.query('SELECT gatehouse_open_installation()');
      await manager.query('UPDATE installation SET cost_per_day_nano_usd = $1, updated_at = now()', [
        costPerDayNanoUsd,
      ]);
    });
  }

  private async change(
    action: AuditAction,
    actor: Actor,
    details: Record<string, unknown>,
    write: (manager: EntityManager) => Promise<void>,
  ): Promise<InstallationLimits> {
    await this.dataSource.transaction(async (manager) => {
      await write(manager);
      await this.audit.record(manager, { actor, action, target: INSTALLATION, details });
    });
    return this.describe();
  }
}
