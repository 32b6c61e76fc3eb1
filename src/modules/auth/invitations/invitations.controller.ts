import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../common/actor.js';
import { CurrentActor } from '../../../common/decorators/current-actor.decorator.js';
import { Public } from '../../../common/decorators/public.decorator.js';
import { AccountResponseDto } from '../dto/account-response.dto.js';
import { LimitAttempts } from '../throttling/limit-attempts.decorator.js';
import { AcceptInvitationDto } from './dto/accept-invitation.dto.js';
import { InvitationDetailsDto } from './dto/invitation-details.dto.js';
import { InvitationAcceptance } from './invitation-acceptance.service.js';

@ApiTags('Accounts')
@Public()
@LimitAttempts('invitation')
@Controller('api/v1/invitations')
export class InvitationsController {
  constructor(private readonly acceptance: InvitationAcceptance) {}

  /** What an invitation is good for. */
  @Get(':token')
  async show(@Param('token') token: string): Promise<InvitationDetailsDto> {
    return this.acceptance.describe(token);
  }

  /** Opens an account with an invitation. The answer is the only one with the account's key in full. */
  @Post(':token')
  @HttpCode(200)
  async accept(
    @CurrentActor() actor: Actor,
    @Param('token') token: string,
    @Body() body: AcceptInvitationDto,
  ): Promise<AccountResponseDto> {
    return this.acceptance.accept(token, body, actor);
  }
}
