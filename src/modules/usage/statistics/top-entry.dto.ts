import { ApiProperty } from '@nestjs/swagger';
import { UsageTotals } from './usage-totals.dto.js';

export class TopEntry extends UsageTotals {
  /** Integer id of the account, key or task (0: none), or the model's name. */
  @ApiProperty({ oneOf: [{ type: 'integer' }, { type: 'string' }] })
  subject: number | string;
}
