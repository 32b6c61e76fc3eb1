import { UsageTotals } from './usage-totals.dto.js';

/** Totals of one day and group. By intent only analysed calls count, as they were first billed. */
export class TimeSeriesEntry extends UsageTotals {
  day: string;
  model?: string;
  user_id?: number;
  /** 0: a JWT made the calls. */
  api_key_id?: number;
  intent?: string;
}
