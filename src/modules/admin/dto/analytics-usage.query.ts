import { DaysQuery } from '../../../common/http/days.query.js';

export class AnalyticsUsageQuery extends DaysQuery {
  override days: number = 7;
}
