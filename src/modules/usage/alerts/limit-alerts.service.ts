import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { limitAlertOf } from './limit-alert.js';
import type { LimitAlert } from './limit-alert.js';
import { limitUses } from './limit-uses.js';
import { OperatorAlertsService } from './operator-alerts.service.js';

/** Tells people when half, four fifths or all of a limit is used: once for each window and threshold. */
@Injectable()
export class LimitAlertsService {
  constructor(private readonly alerts: OperatorAlertsService) {}

  /** Looks at the limits of these accounts and at the installation's. Part of the caller's transaction. */
  async watch(manager: EntityManager, userIds: readonly number[]): Promise<void> {
    const uses = await limitUses(manager, userIds);
    const due = uses.map(limitAlertOf).filter((alert): alert is LimitAlert => alert !== null);
    if (due.length === 0) return;
    const rows = await manager.query<{ key: string }[]>(
      'SELECT dedup_key AS key FROM operator_alerts WHERE dedup_key = ANY ($1)',
      [due.flatMap(({ silencedBy }) => silencedBy)],
    );
    const raised = new Set(rows.map(({ key }) => key));
    for (const { alert, silencedBy } of due) {
      if (!silencedBy.some((key) => raised.has(key))) await this.alerts.raiseOnce(manager, alert);
    }
  }
}
