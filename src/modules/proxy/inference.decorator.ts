import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiOkResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Scope } from '../../common/decorators/scope.decorator.js';
import type { KeyScope } from '../../common/key-scopes.js';
import type { Dialect } from './dialects/dialect.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { ROUTE_DIALECT } from './route-dialect.js';

const ANSWER = {
  description: 'The answer in the format of the route; server-sent events where it is streamed.',
  content: {
    'application/json': { schema: { type: 'object', additionalProperties: true } },
    'text/event-stream': { schema: { type: 'string' } },
  },
};

/** A metered route: nothing reaches its handler without a hold. The dialect is the route's, whatever the body looks like. */
export const Inference = (dialect: Dialect, scope: KeyScope = 'chat') =>
  applyDecorators(
    ApiTags('inference'),
    ApiSecurity('api-key'),
    ApiOkResponse(ANSWER),
    Scope(scope),
    SetMetadata(ROUTE_DIALECT, dialect),
    UseInterceptors(QuotaInterceptor),
  );
