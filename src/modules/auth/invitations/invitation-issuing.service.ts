import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../common/actor.js';
import { Config } from '../../../config/config.js';
import { Mailer } from '../mail/mailer.service.js';
import { RegistrationPolicy } from '../registration-policy.js';
import type { CreateInvitationDto } from './dto/create-invitation.dto.js';
import { InvitationResponseDto } from './dto/invitation-response.dto.js';
import { IssuedInvitationResponseDto } from './dto/issued-invitation-response.dto.js';
import type { Invitation } from './invitation.js';
import { invitationMail } from './invitation-mail.js';
import { InvitationsService } from './invitations.service.js';

/** Gets the link of a new invitation to its guest: by mail, or through the administrator who asked for it. */
@Injectable()
export class InvitationIssuing {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly policy: RegistrationPolicy,
    private readonly mailer: Mailer,
    private readonly config: Config,
  ) {}

  /**
   * With an address and a mail server the link is mailed and in no answer; else it is in this one. When the mail cannot
   * be sent the invitation is withdrawn and this throws 503 `mail_unavailable`, or 422 `mail_address_refused`. Throws
   * 403 where registration is off: nobody could accept it.
   */
  async issue(wanted: CreateInvitationDto, administrator: Actor): Promise<IssuedInvitationResponseDto> {
    this.policy.assertNotOff();
    const byMail = this.mailer.isConfigured && wanted.email !== undefined;
    const { invitation, token } = await this.invitations.create(
      { email: wanted.email, expiresInDays: wanted.expires_in_days, byMail },
      administrator,
    );
    const acceptPath = `/api/v1/invitations/${token}`;
    const link = this.config.server.publicUrl + acceptPath;
    if (byMail && invitation.email !== null) {
      await this.deliver(invitation, invitation.email, link, administrator);
      return InvitationResponseDto.of(invitation);
    }
    return { ...InvitationResponseDto.of(invitation), token, accept_path: acceptPath, link };
  }

  /** The row is there before the mail, so that no link arrives that leads nowhere; without the mail it must not stay. */
  private async deliver(invitation: Invitation, email: string, link: string, administrator: Actor): Promise<void> {
    try {
      // As the account will be known: other letters that merely count as the same might be another mailbox.
      await this.mailer.send(invitationMail(email.normalize('NFKC'), link, invitation.expiresAt));
    } catch (error) {
      await this.invitations.revoke(invitation.id, administrator);
      throw error;
    }
  }
}
