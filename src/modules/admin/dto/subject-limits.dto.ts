import { IsRequestLimit, IsTokenLimit } from './is-count-limit.decorator.js';
import { IsUsdLimit } from './is-usd-limit.decorator.js';

/** Limits of one key, or of one account's calls under a task. What is left out stays as it is; null takes a limit away. */
export class SubjectLimitsDto {
  @IsRequestLimit()
  requests_per_minute?: number | null;

  @IsRequestLimit()
  requests_per_hour?: number | null;

  @IsTokenLimit()
  tokens_per_day?: number | null;

  @IsTokenLimit()
  tokens_per_month?: number | null;

  @IsTokenLimit()
  lifetime_tokens?: number | null;

  @IsUsdLimit()
  cost_per_day_usd?: number | null;

  @IsUsdLimit()
  cost_per_month_usd?: number | null;

  @IsUsdLimit()
  lifetime_cost_usd?: number | null;
}
