import { ArrayMaxSize, ArrayUnique, IsArray, IsOptional, IsString, Matches } from 'class-validator';
import { IsRequestLimit } from './is-count-limit.decorator.js';
import { IsUsdLimit } from './is-usd-limit.decorator.js';

const MOST_MODELS = 200;
const MODEL_NAME = /^[^\s,*\p{C}]{1,200}$/u;

/** Limits of an account that protect whoever pays for the upstream. */
export class OwnerProtectionDto {
  /** Dollars a day; null for no limit. */
  @IsUsdLimit()
  cost_per_day_usd?: number | null;

  /** Dollars a month; null for no limit. */
  @IsUsdLimit()
  cost_per_month_usd?: number | null;

  /** Requests in flight at once; null for no limit. */
  @IsRequestLimit()
  concurrent_requests?: number | null;

  /** Public names of the models that the account may use, without wildcards; null for all. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_MODELS)
  @ArrayUnique()
  @IsString({ each: true })
  @Matches(MODEL_NAME, {
    each: true,
    message: 'each value in allowed_models must be the name of a model: no spaces, commas or wildcards',
  })
  allowed_models?: string[] | null;
}
