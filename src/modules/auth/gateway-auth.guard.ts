import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ALLOWS_BLOCKED } from '../../common/decorators/allow-blocked.decorator.js';
import { REQUIRED_ROLES } from '../../common/decorators/roles.decorator.js';
import { ROUTE_SCOPES } from '../../common/decorators/scope.decorator.js';
import { forbidden } from '../../common/errors/errors.js';
import type { AuthenticatedRequest } from '../../common/http/authenticated-request.js';
import type { KeyScope } from '../../common/key-scopes.js';
import type { Principal } from '../../common/principal.js';
import { assertAddress, assertScope } from '../api-keys/key-rights.js';
import { Authenticator } from './authenticator.js';
import { presentedCredentials } from './credential-reader.js';
import { reworded } from './reworded.js';
import { routeCredentials } from './route-credentials.js';
import type { RouteCredentials } from './route-credentials.js';

/**
 * The one guard, on every route: nobody gets in without credentials unless the route says `@Public()`. A route takes the
 * token of a login; `@Credentials` widens or replaces that, `@Roles` narrows who may come, `@Scope` which keys,
 * `@AllowBlocked` lets blocked accounts in as well.
 */
@Injectable()
export class GatewayAuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = routeCredentials(this.reflector, context.getHandler(), context.getClass());
    if (route.isPublic) {
      return true;
    }
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.user = await this.principalOf(request, route, context);
    assertAddress(request.user, request.ip);
    assertScope(request.user, this.declared<KeyScope[]>(ROUTE_SCOPES, context));
    const roles = this.declared<Principal['role'][]>(REQUIRED_ROLES, context);
    if (roles !== undefined && !roles.includes(request.user.role)) {
      throw forbidden('Admin privileges required', { code: 'insufficient_permissions', retryable: false });
    }
    return true;
  }

  private async principalOf(
    request: AuthenticatedRequest,
    { accepted, words }: RouteCredentials,
    context: ExecutionContext,
  ): Promise<Principal> {
    const allowsBlocked = this.declared<boolean>(ALLOWS_BLOCKED, context) ?? false;
    try {
      return await this.authenticator.authenticate(request, accepted, allowsBlocked);
    } catch (error) {
      throw reworded(error, words, presentedCredentials(request.headers).length > 0);
    }
  }

  /** What the handler declares, else its controller. */
  private declared<T>(key: string, context: ExecutionContext): T | undefined {
    return this.reflector.getAllAndOverride<T | undefined>(key, [context.getHandler(), context.getClass()]);
  }
}
