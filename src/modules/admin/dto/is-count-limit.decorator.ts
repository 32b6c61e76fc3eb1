import { applyDecorators } from '@nestjs/common';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MOST_REQUESTS = 2_147_483_647;

/** A limit in tokens; null is no limit, and it may be left out. */
export const IsTokenLimit = () => applyDecorators(IsOptional(), IsInt(), Min(0), Max(Number.MAX_SAFE_INTEGER));

/** A limit in requests; null is no limit, and it may be left out. */
export const IsRequestLimit = () => applyDecorators(IsOptional(), IsInt(), Min(1), Max(MOST_REQUESTS));
