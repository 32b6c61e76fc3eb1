import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';

const LARGEST_ID = 2_147_483_647;

export class QuotaResetDto {
  @IsIn(['daily', 'monthly'])
  period: 'daily' | 'monthly';

  /** Integer id of one account; every account when left out. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  user_id?: number;

  /** Answers with the accounts that would be reset, and resets none. */
  @IsOptional()
  @IsBoolean()
  dry_run?: boolean;
}
