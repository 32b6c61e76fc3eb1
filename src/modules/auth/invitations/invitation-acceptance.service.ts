import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../common/actor.js';
import { unprocessable } from '../../../common/errors/errors.js';
import { AccountsService } from '../accounts.service.js';
import type { AccountResponseDto } from '../dto/account-response.dto.js';
import { RegistrationPolicy } from '../registration-policy.js';
import type { AcceptInvitationDto } from './dto/accept-invitation.dto.js';
import type { CreateInvitationDto } from './dto/create-invitation.dto.js';
import type { InvitationDetailsDto } from './dto/invitation-details.dto.js';
import { InvitationResponseDto } from './dto/invitation-response.dto.js';
import type { IssuedInvitationResponseDto } from './dto/issued-invitation-response.dto.js';
import { InvitationsService } from './invitations.service.js';

/** From an administrator's invitation to the account that is opened with it. */
@Injectable()
export class InvitationAcceptance {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly policy: RegistrationPolicy,
    private readonly accounts: AccountsService,
  ) {}

  /** Throws 403 where registration is off: nobody could accept it. */
  async invite(wanted: CreateInvitationDto, administrator: Actor): Promise<IssuedInvitationResponseDto> {
    this.policy.assertNotOff();
    const { invitation, token } = await this.invitations.create(
      { email: wanted.email, expiresInDays: wanted.expires_in_days },
      administrator,
    );
    return { ...InvitationResponseDto.of(invitation), token, accept_path: `/api/v1/invitations/${token}` };
  }

  /** Throws 404 unless the invitation is good. */
  async describe(token: string): Promise<InvitationDetailsDto> {
    const { email, expiresAt } = await this.invitations.getPending(token);
    return { email, expires_at: expiresAt };
  }

  /** Throws 404 unless the invitation is good, 422 without an address, and whatever a registration throws. */
  async accept(token: string, wanted: AcceptInvitationDto, actor: Actor): Promise<AccountResponseDto> {
    const invitation = await this.invitations.getPending(token);
    const email = wanted.email ?? invitation.email;
    if (email === null) {
      throw unprocessable('email is needed: the invitation names none', { param: 'email' });
    }
    const { username, name, password } = wanted;
    return this.accounts.register({ email, username, name, password, invitation: token }, actor);
  }
}
