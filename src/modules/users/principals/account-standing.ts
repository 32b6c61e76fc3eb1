import { forbidden, unauthenticated } from '../../../common/errors/errors.js';
import type { AccountStanding } from './credential-facts.js';

/**
 * The one place that decides whether an account may come in, whatever credential it used.
 * Throws 401 for an erased account, 403 `account_suspended` with the case id for a blocked one, 403 for an inactive one.
 */
export function assertGoodStanding(
  account: Pick<AccountStanding, 'isActive' | 'isBlocked' | 'blockedReason' | 'caseId' | 'isDeleted'>,
): void {
  if (account.isDeleted) {
    throw unauthenticated('User not found', { code: 'invalid_api_key' });
  }
  if (account.isBlocked) {
    throw forbidden(`User account is blocked: ${account.blockedReason ?? 'no reason was recorded'}`, {
      code: 'account_suspended',
      retryable: false,
      facts: { case_id: account.caseId },
    });
  }
  if (!account.isActive) {
    throw forbidden('Inactive user', { code: 'account_inactive', retryable: false });
  }
}
