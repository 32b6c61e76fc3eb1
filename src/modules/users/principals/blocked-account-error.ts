import { DomainError } from '../../../common/errors/domain-error.js';
import type { Principal } from '../../../common/principal.js';

/** 403 of a blocked account. Carries whom it refused, for the few routes that blocked accounts may use. */
export class BlockedAccountError extends DomainError {
  constructor(
    reason: string | null,
    caseId: string | null,
    /** Null when the credential itself would not do either. */
    readonly principal: Principal | null,
  ) {
    super('forbidden', `User account is blocked: ${reason ?? 'no reason was recorded'}`, {
      code: 'account_suspended',
      retryable: false,
      facts: { case_id: caseId },
    });
  }
}
