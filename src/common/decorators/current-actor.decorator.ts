import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { Actor } from '../actor.js';
import type { AuthenticatedRequest } from '../http/authenticated-request.js';

/** Who is calling and from where, as services need it to write the audit log. `anonymous` on public routes. */
export const CurrentActor = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const request = context
    .switchToHttp()
    .getRequest<Omit<AuthenticatedRequest, 'user'> & Partial<AuthenticatedRequest>>();
  const { user } = request;
  return {
    kind: user?.role ?? 'anonymous',
    userId: user?.userId ?? null,
    address: request.ip,
    requestId: request.id,
  };
});
