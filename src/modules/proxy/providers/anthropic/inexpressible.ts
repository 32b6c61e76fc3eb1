import { invalidRequest } from '../../../../common/errors/errors.js';
import type { DomainError } from '../../../../common/errors/domain-error.js';

/** The error for what a request says and the Messages API cannot. */
export function inexpressible(param: string, what: string): DomainError {
  return invalidRequest(`${what} is not supported by this model's provider.`, { param, code: 'unsupported_feature' });
}
