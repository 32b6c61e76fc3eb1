import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IfGiven } from '../../users/validation/if-given.decorator.js';
import { IsFutureMoment } from '../../users/validation/is-moment.decorator.js';
import type { KeyScope } from '../../../common/key-scopes.js';
import type { ApiKeyTerms } from '../api-key-record.js';
import { AreModelPatterns, AreNetworks, AreScopes } from '../validation/key-terms.decorators.js';

/** What a key may do. It never may more than its owner. */
export class ApiKeyTermsDto {
  /** Requests that the key may make in a minute; the gateway's default when left out. */
  @IfGiven()
  @IsInt()
  @Min(1)
  @Max(1000)
  rate_limit_per_minute?: number;

  /**
   * What the key is good for. Null: everything that the owner's role has.
   * @example ["chat"]
   */
  @IsOptional()
  @AreScopes()
  scopes?: KeyScope[] | null;

  /**
   * Models that the key can be used with: names, or beginnings followed by `*`. Null: all.
   * @example ["gpt-4o-mini", "claude*"]
   */
  @IsOptional()
  @AreModelPatterns()
  allowed_models?: string[] | null;

  /**
   * Addresses and networks (CIDR) that the key can be used from. Null: everywhere.
   * @example ["203.0.113.0/24"]
   */
  @IsOptional()
  @AreNetworks()
  ip_allow_list?: string[] | null;

  /** A moment to come (ISO 8601 with a time zone). Null: never. */
  @IsOptional()
  @IsFutureMoment()
  expires_at?: string | null;

  /** Tokens that the key may ever use. Null: no budget of its own. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  token_budget?: number | null;

  /** What the key may ever cost, in billionths of a US dollar. Null: no budget of its own. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  cost_budget_nano_usd?: number | null;
}

/** What is left out stays undefined. */
export function termsOf(body: ApiKeyTermsDto): Partial<ApiKeyTerms> {
  return {
    requestsPerMinute: body.rate_limit_per_minute,
    scopes: body.scopes,
    allowedModels: body.allowed_models,
    ipAllowList: body.ip_allow_list,
    expiresAt: body.expires_at == null ? body.expires_at : new Date(body.expires_at),
    tokenBudget: body.token_budget,
    costBudgetNanoUsd: body.cost_budget_nano_usd,
  };
}
