import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../common/actor.js';
import { CurrentActor } from '../../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../../common/decorators/roles.decorator.js';
import { PageQuery } from '../../../common/http/page.query.js';
import { CreateInvitationDto } from './dto/create-invitation.dto.js';
import { InvitationResponseDto } from './dto/invitation-response.dto.js';
import { IssuedInvitationResponseDto } from './dto/issued-invitation-response.dto.js';
import { InvitationAcceptance } from './invitation-acceptance.service.js';
import { InvitationsService } from './invitations.service.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/invitations')
export class AdminInvitationsController {
  constructor(
    private readonly invitations: InvitationsService,
    private readonly acceptance: InvitationAcceptance,
  ) {}

  /** Makes a one-time invitation. Its token is in no later answer. */
  @Post()
  @HttpCode(200)
  async create(
    @CurrentActor() administrator: Actor,
    @Body() body: CreateInvitationDto,
  ): Promise<IssuedInvitationResponseDto> {
    return this.acceptance.invite(body, administrator);
  }

  /** Every invitation, newest first. */
  @Get()
  async list(@Query() page: PageQuery): Promise<InvitationResponseDto[]> {
    return (await this.invitations.list(page)).map((invitation) => InvitationResponseDto.of(invitation));
  }

  /** Withdraws an invitation. */
  @Delete(':id')
  @HttpCode(204)
  async revoke(@CurrentActor() administrator: Actor, @Param('id') id: string): Promise<void> {
    await this.invitations.revoke(id, administrator);
  }
}
