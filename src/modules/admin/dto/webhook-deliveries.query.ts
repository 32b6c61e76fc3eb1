import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { DELIVERY_STATES } from '../../alerts/webhook/delivery-state.js';
import type { DeliveryState } from '../../alerts/webhook/delivery-state.js';

const LARGEST_ID = 2_147_483_647;
const LARGEST_PAGE = 1000;

export class WebhookDeliveriesQuery {
  @IsOptional()
  @IsIn(DELIVERY_STATES)
  state?: DeliveryState;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_PAGE)
  limit: number = 100;

  /** The `x-next-cursor` header of the page before. */
  @IsOptional()
  @Type(() => Number)
  @IsInt({ message: 'cursor must be the x-next-cursor of the page before' })
  @Min(1)
  @Max(LARGEST_ID)
  cursor?: number;
}
