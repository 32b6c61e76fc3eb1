import { IsIn, IsOptional } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';
import { ALERT_STATUSES } from '../../misuse/alerts/alert.js';
import type { AlertStatus } from '../../misuse/alerts/alert.js';

export class AlertsQuery extends PageQuery {
  override limit: number = 50;

  @IsOptional()
  @IsIn(ALERT_STATUSES)
  status_filter?: AlertStatus;
}
