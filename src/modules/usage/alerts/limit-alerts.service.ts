import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { limitAlertOf } from './limit-alert.js';
import type { LimitAlert } from './limit-alert.js';
import { limitUses } from './limit-uses.js';
import { OperatorAlertsService } from './operator-alerts.service.js';
import type { RefusedLimit } from './refused-limit.js';

const ONE_AT_A_TIME = 7_218_950;

/**
 * Tells people when half, four fifths or all of a limit is used: once for each window and threshold. All is used as well when what
 * is left was too little for a call.
 */
@Injectable()
export class LimitAlertsService {
  constructor(private readonly alerts: OperatorAlertsService) {}

  /** Looks at the limits of these accounts and at the installation's. Part of the caller's transaction. */
  async watch(manager: EntityManager, userIds: readonly number[], refusals: readonly RefusedLimit[]): Promise<void> {
    const uses = await limitUses(manager, userIds, refusals);
    const due = uses.map(limitAlertOf).filter((alert): alert is LimitAlert => alert !== null);
    if (due.length === 0) return;
    // Entries and refusals of an account may be looked at by two workers: the later one sees what the earlier one told.
    await manager.query('SELECT pg_advisory_xact_lock($1)', [ONE_AT_A_TIME]);
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
