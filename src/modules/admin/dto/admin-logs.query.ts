import { Type } from 'class-transformer';
import { IsDate, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { IsNotBefore } from '../../../common/http/is-not-before.decorator.js';
import { PageQuery } from '../../../common/http/page.query.js';
import { GUARD_INTENTS, INTENTS } from '../../classification/intents.js';
import { LEDGER_STATUSES } from '../../usage/ledger/ledger-status.js';

const LARGEST_ID = 2_147_483_647;
const LONGEST_WORD = 200;
const SEARCHED_INTENTS = [...new Set([...INTENTS, ...GUARD_INTENTS, 'unknown'])];

export class AdminLogsQuery extends PageQuery {
  /** Integer id of the account; every account when left out. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  user_id?: number;

  /** Integer id of the key. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  api_key_id?: number;

  /** Integer id of the task. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  task_id?: number;

  /** Public name of the model that was asked for. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_WORD)
  model?: string;

  /** One of the thirteen intents, one of Guardflow's five, or `unknown`. */
  @IsOptional()
  @IsIn(SEARCHED_INTENTS)
  intent?: string;

  /** How the call ended. */
  @IsOptional()
  @IsIn(LEDGER_STATUSES)
  status?: string;

  /** Calls admitted at this time or later. */
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  from?: Date;

  /** Calls admitted before this time. */
  @IsOptional()
  @Type(() => Date)
  @IsDate()
  @IsNotBefore('from')
  to?: Date;

  /** The `x-next-cursor` header of the page before. Cheaper than `skip`, and calls that come in meanwhile move nothing. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_WORD)
  cursor?: string;
}
