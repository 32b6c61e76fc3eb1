import type { AuthenticatedRequest } from '../../../common/http/authenticated-request.js';
import { normaliseEmail } from '../../users/identity.js';
import type { LimitedAttempts } from './limited-attempts.js';

/**
 * The account that a request is about, as a name to count by: what the route's field of the body says, which nobody has
 * validated yet, else whoever is logged in. Null when there is no such name.
 */
export function attemptedAccount(
  request: { readonly body?: unknown; readonly user?: Pick<AuthenticatedRequest['user'], 'userId'> },
  accountField: LimitedAttempts['accountField'],
): string | null {
  if (accountField === undefined) {
    return request.user === undefined ? null : `id ${request.user.userId}`;
  }
  const { body } = request;
  const name: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, accountField) : undefined;
  return typeof name === 'string' ? `name ${normaliseEmail(name)}` : null;
}
