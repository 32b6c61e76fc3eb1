import { unauthenticated } from '../../common/errors/errors.js';
import type { DomainError } from '../../common/errors/domain-error.js';
import type { Principal } from '../../common/principal.js';
import { isWellFormedKey } from '../api-keys/api-key-format.js';
import type { PresentedCredential } from './credential-reader.js';

const JWT_SHAPE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Refuses what no database could make good: no credential, none of a kind that the route takes, a key without its
 * checksum, a JWT that is none.
 * @throws DomainError 401
 */
export function assertPlausible(
  presented: readonly PresentedCredential[],
  accepted: readonly Principal['kind'][],
): void {
  if (presented.length === 0) {
    throw refusal(accepted, accepted.includes('jwt') ? 'Authentication required' : 'API key required');
  }
  if (!presented.some(({ kind }) => accepted.includes(kind))) {
    throw refusal(
      accepted,
      accepted.includes('key') ? 'This route takes an API key' : 'This route takes the token of a login',
    );
  }
  const impossible = presented.find((credential) => !isPossible(credential));
  if (impossible !== undefined) throw notRecognised(impossible, accepted);
}

/** The 401 of a credential that is nobody's. */
export function notRecognised({ kind }: PresentedCredential, accepted: readonly Principal['kind'][]): DomainError {
  return refusal(accepted, kind === 'key' ? 'Invalid API key' : 'Could not validate credentials');
}

/** Clients of the model routes look for `invalid_api_key`, whatever they sent. */
export function refusal(accepted: readonly Principal['kind'][], message: string): DomainError {
  return unauthenticated(message, { code: accepted.includes('key') ? 'invalid_api_key' : 'invalid_token' });
}

function isPossible({ kind, value }: PresentedCredential): boolean {
  return kind === 'key' ? isWellFormedKey(value) : JWT_SHAPE.test(value);
}
