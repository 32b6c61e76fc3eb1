import { Transform, Type } from 'class-transformer';
import {
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { TIME_SERIES_DIMENSIONS } from '../../usage/statistics/time-series.js';
import type { TimeSeriesDimension } from '../../usage/statistics/time-series.js';

const LARGEST_ID = 2_147_483_647;
const LARGEST_PAGE = 1000;
const LONGEST_WORD = 200;
const LONGEST_CURSOR = 2_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

export class TimeSeriesQuery {
  /** First UTC day, `YYYY-MM-DD`; 30 days back when left out. */
  @Matches(DAY, { message: 'from must be a day: YYYY-MM-DD' })
  @IsISO8601({ strict: true })
  from: string = daysAgo(DEFAULT_DAYS - 1);

  /** Last UTC day, `YYYY-MM-DD`; today when left out. */
  @Matches(DAY, { message: 'to must be a day: YYYY-MM-DD' })
  @IsISO8601({ strict: true })
  to: string = daysAgo(0);

  /** Comma-separated: model, user, key, intent. Only days when left out. */
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',').filter(Boolean) : value))
  @IsArray()
  @ArrayUnique()
  @IsIn(TIME_SERIES_DIMENSIONS, { each: true })
  group_by: TimeSeriesDimension[] = [];

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_ID)
  user_id?: number;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(LARGEST_ID)
  api_key_id?: number;

  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_WORD)
  model?: string;

  /** 1 to 1000. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LARGEST_PAGE)
  limit: number = LARGEST_PAGE;

  /** The `x-next-cursor` header of the page before. */
  @IsOptional()
  @IsString()
  @MaxLength(LONGEST_CURSOR)
  cursor?: string;
}
