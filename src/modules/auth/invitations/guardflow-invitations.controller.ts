import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../common/actor.js';
import { CurrentActor } from '../../../common/decorators/current-actor.decorator.js';
import { Public } from '../../../common/decorators/public.decorator.js';
import { LimitAttempts } from '../throttling/limit-attempts.decorator.js';
import { AcceptGuardflowInvitationDto } from './dto/accept-guardflow-invitation.dto.js';
import { GuardflowAcceptanceDto } from './dto/guardflow-acceptance.dto.js';
import { GuardflowInvitationDto } from './dto/guardflow-invitation.dto.js';
import { InvitationAcceptance } from './invitation-acceptance.service.js';

/** The page of an invitation as Guardflow's clients know it. */
@ApiTags('Guardflow')
@Public()
@LimitAttempts('invitation')
@Controller('api/v1/invitations/public/:token')
export class GuardflowInvitationsController {
  constructor(private readonly acceptance: InvitationAcceptance) {}

  /** What an invitation is good for, and whether it still is. */
  @Get('details')
  async show(@Param('token') token: string): Promise<GuardflowInvitationDto> {
    return this.acceptance.describeForGuardflow(token);
  }

  /** Opens an account with an invitation. */
  @Post('accept')
  @HttpCode(200)
  async accept(
    @CurrentActor() actor: Actor,
    @Param('token') token: string,
    @Body() body: AcceptGuardflowInvitationDto,
  ): Promise<GuardflowAcceptanceDto> {
    return this.acceptance.acceptForGuardflow(token, body, actor);
  }
}
