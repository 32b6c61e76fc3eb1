import { IsNumber, Max, Min, ValidateIf } from 'class-validator';

const MOST_USD = 1_000_000;

export class InstallationLimitsDto {
  /** Cap of what all accounts together may cost on one UTC day, in dollars; null lifts it. */
  @ValidateIf((limits: InstallationLimitsDto) => limits.cost_per_day_usd !== null)
  @IsNumber({ maxDecimalPlaces: 9 })
  @Min(0)
  @Max(MOST_USD)
  cost_per_day_usd: number | null;
}
