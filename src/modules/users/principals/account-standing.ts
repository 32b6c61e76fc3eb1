import { forbidden, unauthenticated } from '../../../common/errors/errors.js';
import type { Principal } from '../../../common/principal.js';
import { BlockedAccountError } from './blocked-account-error.js';
import type { AccountStanding } from './credential-facts.js';

/**
 * The one place that decides whether an account may come in, whatever credential it used.
 * Throws 401 for an erased account, 403 `account_suspended` with the case id for a blocked one, 403 for an inactive one.
 * @param principal whom a usable credential stands for; goes with the error of a blocked account
 */
export function assertGoodStanding(
  account: Pick<AccountStanding, 'isActive' | 'isBlocked' | 'blockedReason' | 'caseId' | 'isDeleted'>,
  principal: Principal | null = null,
): void {
  if (account.isDeleted) {
    throw unauthenticated('User not found', { code: 'invalid_api_key' });
  }
  if (account.isBlocked) {
    throw new BlockedAccountError(account.blockedReason, account.caseId, account.isActive ? principal : null);
  }
  if (!account.isActive) {
    throw forbidden('Inactive user', { code: 'account_inactive', retryable: false });
  }
}
