import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { PageQuery } from '../../../common/http/page.query.js';
import { ALERT_SEVERITIES, ALERT_SOURCES, ALERT_STATUSES } from '../../alerts/raised-alert.js';
import type { AlertSource, AlertStatus, RaisedSeverity } from '../../alerts/raised-alert.js';

const LARGEST_ID = 2_147_483_647;

export class AlertsQuery extends PageQuery {
  override limit: number = 50;

  @IsOptional()
  @IsIn(ALERT_STATUSES)
  status_filter?: AlertStatus;

  /** `misuse`, or `operator`: limits, spending and the gateway's own state. */
  @IsOptional()
  @IsIn(ALERT_SOURCES)
  source?: AlertSource;

  @IsOptional()
  @IsIn(ALERT_SEVERITIES)
  severity?: RaisedSeverity;

  /** Such as `limit_reached`. */
  @IsOptional()
  @Matches(/^[a-z_]{1,100}$/, { message: 'alert_type must be a word of small letters and underscores' })
  alert_type?: string;

  /** Integer id of the account that the alerts are about. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  user_id?: number;

  /** The `x-next-cursor` header of the page before. */
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'cursor must be the x-next-cursor of the page before' })
  @Min(1)
  @Max(LARGEST_ID)
  cursor?: number;
}
