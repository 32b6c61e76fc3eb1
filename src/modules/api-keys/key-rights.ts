import { forbidden } from '../../common/errors/errors.js';
import { grantedScopes } from '../../common/key-scopes.js';
import type { KeyScope } from '../../common/key-scopes.js';
import type { Principal } from '../../common/principal.js';

type ScopedPrincipal = Pick<Principal, 'scopes' | 'role'>;

/**
 * Throws 403 `insufficient_scope` unless the key has one of the route's scopes in the hands of its owner. Where the
 * route names none, a key needs all that its owner's role has.
 */
export function assertScope({ scopes, role }: ScopedPrincipal, routeScopes: readonly KeyScope[] | undefined): void {
  if (scopes === null) return;
  const granted = grantedScopes(role, scopes);
  const isGood =
    routeScopes === undefined
      ? granted.length === grantedScopes(role, null).length
      : routeScopes.some((scope) => granted.includes(scope));
  if (!isGood) {
    throw forbidden(`API key missing required scope: ${routeScopes?.join(' or ') ?? 'all'}`, {
      code: 'insufficient_scope',
      retryable: false,
    });
  }
}

/** Throws 403 `address_not_allowed` for a key that is used from elsewhere than it may be. */
export function assertAddress({ allowedAddresses }: Pick<Principal, 'allowedAddresses'>, address: string): void {
  if (allowedAddresses !== null && !allowedAddresses.includes(address)) {
    throw forbidden('This API key cannot be used from this address', {
      code: 'address_not_allowed',
      retryable: false,
    });
  }
}

/** Throws 403 `model_not_allowed` for a model that the key was not made for, whether or not the model exists. */
export function assertModelAllowed(principal: Pick<Principal, 'allowedModels'>, model: string): void {
  if (!isModelAllowed(principal, model)) {
    throw forbidden('This API key cannot be used with this model', {
      code: 'model_not_allowed',
      param: 'model',
      retryable: false,
    });
  }
}

export function isModelAllowed({ allowedModels }: Pick<Principal, 'allowedModels'>, model: string): boolean {
  return allowedModels === null || allowedModels.some((pattern) => matches(pattern, model));
}

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith('*') ? model.startsWith(pattern.slice(0, -1)) : model === pattern;
}
