import { applyDecorators, HttpCode, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Dialect } from './dialects/dialect.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { ROUTE_DIALECT } from './route-dialect.js';

/** A metered route: nothing reaches its handler without a hold. The dialect is the route's, whatever the body looks like. */
export const Inference = (dialect: Dialect) =>
  applyDecorators(
    HttpCode(200),
    ApiTags('inference'),
    ApiSecurity('api-key'),
    SetMetadata(ROUTE_DIALECT, dialect),
    UseInterceptors(QuotaInterceptor),
  );
