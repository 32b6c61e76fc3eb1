import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../common/actor.js';
import { invalidRequest, unprocessable } from '../../../common/errors/errors.js';
import { AccountsService } from '../accounts.service.js';
import type { AccountResponseDto } from '../dto/account-response.dto.js';
import type { AcceptGuardflowInvitationDto } from './dto/accept-guardflow-invitation.dto.js';
import type { AcceptInvitationDto } from './dto/accept-invitation.dto.js';
import type { GuardflowAcceptanceDto } from './dto/guardflow-acceptance.dto.js';
import { GuardflowInvitationDto } from './dto/guardflow-invitation.dto.js';
import type { InvitationDetailsDto } from './dto/invitation-details.dto.js';
import { InvitationsService } from './invitations.service.js';

/** From an invitation to the account that is opened with it. */
@Injectable()
export class InvitationAcceptance {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly accounts: AccountsService,
  ) {}

  /** Throws 404 unless the invitation is good. */
  async describe(token: string): Promise<InvitationDetailsDto> {
    const { email, expiresAt } = await this.invitations.getPending(token);
    return { email, expires_at: expiresAt };
  }

  /** As Guardflow shows it. Throws 404 for a token that no invitation has; one that is good no more says so. */
  async describeForGuardflow(token: string): Promise<GuardflowInvitationDto> {
    return GuardflowInvitationDto.of(await this.invitations.getByToken(token));
  }

  /** As `accept`, but 400 for an invitation that is good no more. */
  async acceptForGuardflow(
    token: string,
    wanted: AcceptGuardflowInvitationDto,
    actor: Actor,
  ): Promise<GuardflowAcceptanceDto> {
    const { company_name: company, is_valid: isValid } = await this.describeForGuardflow(token);
    if (!isValid) throw invalidRequest('This invitation is no longer valid', { code: 'invalid_invitation' });
    const { id, email } = await this.accept(token, wanted, actor);
    return { message: 'Invitation accepted', user_id: id, email, name: wanted.name, company };
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
