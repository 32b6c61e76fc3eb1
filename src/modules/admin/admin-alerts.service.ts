import { Injectable } from '@nestjs/common';
import { AlertsService } from '../misuse/alerts/alerts.service.js';
import { CasesService } from '../misuse/cases/cases.service.js';
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
    administratorId: number,
  ): Promise<ResolvedAlertDto> {
    const alert = await this.alerts.close(id, { ...resolution, closedBy: administratorId });
    return {
      id: alert.id,
      status: alert.status,
      resolved_by: alert.reviewed_by,
      resolved_at: alert.reviewed_at,
      resolution_notes: alert.resolution_notes,
    };
  }

  /** Blocks the account that the alert is about, and resolves it. Throws 404. */
  async blockUser(id: number, reason: string | undefined, administratorId: number): Promise<BlockedByAlertDto> {
    const alert = await this.alerts.getById(id);
    const note = reason ?? `Blocked because of an alert: ${alert.title}`;
    await this.cases.blockAccount(alert.user_id, { actorId: administratorId, note });
    await this.alerts.close(id, { status: 'resolved', notes: note, closedBy: administratorId });
    return { message: 'User blocked', block_reason: note, alert_resolved: true };
  }
}
