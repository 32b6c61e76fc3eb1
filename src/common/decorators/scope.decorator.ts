import { SetMetadata } from '@nestjs/common';
import type { KeyScope } from '../key-scopes.js';

export const ROUTE_SCOPES = 'gatehouse:scopes';

/**
 * What a key must be good for on this route: one of these. Logins are not scoped. A route that takes keys and names no
 * scope is closed to every key that was restricted to some.
 */
export const Scope = (...scopes: KeyScope[]) => SetMetadata(ROUTE_SCOPES, scopes);
