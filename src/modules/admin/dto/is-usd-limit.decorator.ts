import { applyDecorators } from '@nestjs/common';
import { IsNumber, IsOptional, Max, Min } from 'class-validator';
import { MOST_USD } from '../../../common/money.js';

const DECIMALS = 9;

/** A limit in dollars, down to a nano-dollar; null is no limit, and it may be left out. */
export const IsUsdLimit = () =>
  applyDecorators(IsOptional(), IsNumber({ maxDecimalPlaces: DECIMALS }), Min(0), Max(MOST_USD));
