import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext, RawBodyRequest } from '@nestjs/common';
import type { AuthenticatedRequest } from '../../../common/http/authenticated-request.js';
import type { MeteredCall } from './metered-call.js';

/** A request whose call has been admitted by the quota interceptor. */
export type MeteredRequest = RawBodyRequest<AuthenticatedRequest> & { meteredCall: MeteredCall };

/** The admitted call of the request. */
export const CurrentCall = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<MeteredRequest>().meteredCall,
);
