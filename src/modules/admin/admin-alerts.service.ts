import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/actor.js';
import { AlertsService } from '../misuse/alerts/alerts.service.js';
import { CasesService } from '../misuse/cases/cases.service.js';
import { assertNotOwn } from './admin-users.service.js';
import type { BlockedByAlertDto } from './dto/blocked-by-alert.dto.js';
import type { ResolvedAlertDto } from './dto/resolved-alert.dto.js';

/** What administrators do about alerts. */
@Injectable()
export class AdminAlertsService {
  constructor(
    private readonly alerts: AlertsService,
    private readonly cases: CasesService,
  ) {}

  /** Throws 404. */
  async resolve(
    id: number,
    resolution: { status: 'reviewed' | 'resolved' | 'false_positive'; notes: string | null },
    actor: Actor,
  ): Promise<ResolvedAlertDto> {
    const alert = await this.alerts.close(id, { ...resolution, actor });
    return {
      id: alert.id,
      status: alert.status,
      resolved_by: alert.reviewed_by,
      resolved_at: alert.reviewed_at,
      resolution_notes: alert.resolution_notes,
    };
  }

  /** Blocks the account that the alert is about, and resolves it. Throws 404, and 400 for one's own, and for the last administrator's. */
  async blockUser(id: number, reason: string | undefined, actor: Actor): Promise<BlockedByAlertDto> {
    const alert = await this.alerts.getById(id);
    assertNotOwn(alert.user_id, actor, 'block');
    const note = reason ?? `Blocked because of an alert: ${alert.title}`;
    await this.cases.blockAccount(alert.user_id, { actor, note });
    await this.alerts.close(id, { status: 'resolved', notes: note, actor });
    return { message: 'User blocked', block_reason: note, alert_resolved: true };
  }
}
