import { Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext, Type } from '@nestjs/common';
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
import type { Handler, RouteCredentials } from './route-credentials.js';

/** Who may come in by one handler of one controller. */
interface RouteRules extends RouteCredentials {
  readonly controller: Type;
  readonly allowsBlocked: boolean;
  readonly scopes: KeyScope[] | undefined;
  readonly roles: Principal['role'][] | undefined;
}

/**
 * The one guard, on every route: nobody gets in without credentials unless the route says `@Public()`. A route takes the
 * token of a login; `@Credentials` widens or replaces that, `@Roles` narrows who may come, `@Scope` which keys,
 * `@AllowBlocked` lets blocked accounts in as well.
 */
@Injectable()
export class GatewayAuthGuard implements CanActivate {
  private readonly rules = new Map<Handler, RouteRules>();

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = this.rulesOf(context);
    if (route.isPublic) {
      return true;
    }
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    request.user = await this.principalOf(request, route);
    assertAddress(request.user, request.ip);
    assertScope(request.user, route.scopes);
    if (route.roles !== undefined && !route.roles.includes(request.user.role)) {
      throw forbidden('Admin privileges required', { code: 'insufficient_permissions', retryable: false });
    }
    return true;
  }

  private async principalOf(
    request: AuthenticatedRequest,
    { accepted, words, allowsBlocked }: RouteRules,
  ): Promise<Principal> {
    try {
      return await this.authenticator.authenticate(request, accepted, allowsBlocked);
    } catch (error) {
      throw reworded(error, words, presentedCredentials(request.headers).length > 0);
    }
  }

  /** What the handler declares, else its controller: read once, since no request changes it. */
  private rulesOf(context: ExecutionContext): RouteRules {
    const handler = context.getHandler();
    const controller = context.getClass();
    const known = this.rules.get(handler);
    if (known?.controller === controller) return known;
    const declared = <T>(key: string) => this.reflector.getAllAndOverride<T | undefined>(key, [handler, controller]);
    const rules: RouteRules = {
      ...routeCredentials(this.reflector, handler, controller),
      controller,
      allowsBlocked: declared<boolean>(ALLOWS_BLOCKED) ?? false,
      scopes: declared<KeyScope[]>(ROUTE_SCOPES),
      roles: declared<Principal['role'][]>(REQUIRED_ROLES),
    };
    this.rules.set(handler, rules);
    return rules;
  }
}
