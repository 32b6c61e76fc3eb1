import { IsInt, Max, Min } from 'class-validator';
import { IfGiven } from '../../users/validation/if-given.decorator.js';

const SEVEN_DAYS_IN_SECONDS = 604_800;

export class RotateApiKeyDto {
  /** How long the old key goes on working beside the new one. 0: it ends at once. */
  @IfGiven()
  @IsInt()
  @Min(0)
  @Max(SEVEN_DAYS_IN_SECONDS)
  grace_seconds: number = 0;
}
