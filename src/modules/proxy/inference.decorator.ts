import { applyDecorators, HttpCode, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Scope } from '../../common/decorators/scope.decorator.js';
import type { KeyScope } from '../../common/key-scopes.js';
import type { Dialect } from './dialects/dialect.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { ROUTE_DIALECT } from './route-dialect.js';

/** A metered route: nothing reaches its handler without a hold. The dialect is the route's, whatever the body looks like. */
export const Inference = (dialect: Dialect, scope: KeyScope = 'chat') =>
  applyDecorators(
    HttpCode(200),
    ApiTags('inference'),
    ApiSecurity('api-key'),
    Scope(scope),
    SetMetadata(ROUTE_DIALECT, dialect),
    UseInterceptors(QuotaInterceptor),
  );
