import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { forbidden } from '../../common/errors/errors.js';
import { Config } from '../../config/config.js';
import { normaliseEmail } from '../users/identity.js';
import type { UserAccount } from '../users/user-account.js';
import type { Invitation } from './invitations/invitation.js';
import { InvitationsService } from './invitations/invitations.service.js';

const CLOSED_TEXT = {
  invite: 'Registration is by invitation only. Ask an administrator for one.',
  off: 'Registration is switched off. Ask an administrator for an account.',
};

/** Who may open an account without an administrator: everybody, whoever is invited, or nobody (`REGISTRATION`). */
@Injectable()
export class RegistrationPolicy {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly config: Config,
  ) {}

  /** Throws 403 `registration_closed` where nobody may register at all. */
  assertNotOff(): void {
    if (this.config.auth.registration === 'off') {
      throw closed('off');
    }
  }

  /**
   * A look before the costly part of a registration; `takeUp` decides. Throws 403 `registration_closed`, or 403
   * `invalid_invitation` for an invitation that is not good or meant for another address.
   */
  async assertMayRegister(email: string, token: string | undefined): Promise<void> {
    this.assertNotOff();
    if (token === undefined) {
      if (this.config.auth.registration === 'invite') {
        throw closed('invite');
      }
      return;
    }
    const invitation = await this.pending(token);
    if (invitation.email !== null && normaliseEmail(invitation.email) !== normaliseEmail(email)) {
      throw invalidInvitation();
    }
  }

  /** Uses the invitation up, if there is one. Part of the transaction that opens the account. Throws 403. */
  async takeUp(manager: EntityManager, user: UserAccount, token: string | undefined, actor: Actor): Promise<void> {
    if (token !== undefined && !(await this.invitations.claim(manager, token, user, actor))) {
      throw invalidInvitation();
    }
  }

  private async pending(token: string): Promise<Invitation> {
    try {
      return await this.invitations.getPending(token);
    } catch (error) {
      throw error instanceof DomainError && error.kind === 'not_found' ? invalidInvitation() : error;
    }
  }
}

function closed(mode: keyof typeof CLOSED_TEXT): DomainError {
  return forbidden(CLOSED_TEXT[mode], { code: 'registration_closed', retryable: false });
}

function invalidInvitation(): DomainError {
  return forbidden('The invitation is not valid, or no longer', {
    code: 'invalid_invitation',
    param: 'invitation',
    retryable: false,
  });
}
