import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { AccountTimeline } from '../misuse/account-timeline.dto.js';
import { CasesService } from '../misuse/cases/cases.service.js';
import { Standing } from '../misuse/standing.dto.js';
import { StandingService } from '../misuse/standing.service.js';
import { assertNotOwn } from './admin-users.service.js';
import { ExemptDto } from './dto/exempt.dto.js';
import { IntegerId } from './dto/integer-id.decorator.js';
import { NoteDto } from './dto/note.dto.js';
import { StandingsQuery } from './dto/standings.query.js';

/** Accounts under watch, with each piece of evidence, and what a person does about them. */
@ApiTags('Misuse')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/misuse/accounts')
export class AdminMisuseController {
  constructor(
    private readonly standings: StandingService,
    private readonly cases: CasesService,
  ) {}

  /** Accounts by risk: who is blocked, then by level, the highest score first; allow-listed ones last at their level. */
  @Get()
  async queue(@Query() query: StandingsQuery): Promise<Standing[]> {
    return this.standings.queue(query);
  }

  @Get(':userId')
  async timeline(@IntegerId('userId') userId: number): Promise<AccountTimeline> {
    return this.standings.timeline(userId);
  }

  @Post(':userId/block')
  @HttpCode(200)
  async block(
    @CurrentActor() actor: Actor,
    @IntegerId('userId') userId: number,
    @Body() body: NoteDto,
  ): Promise<AccountTimeline> {
    assertNotOwn(userId, actor, 'block');
    await this.cases.blockAccount(userId, { actor, note: body.note });
    return this.standings.timeline(userId);
  }

  /** Lets the account in and begins its scores anew, whether it is blocked or not. */
  @Post([':userId/unblock', ':userId/reset'])
  @HttpCode(200)
  async unblock(
    @CurrentActor() actor: Actor,
    @IntegerId('userId') userId: number,
    @Body() body: NoteDto,
  ): Promise<AccountTimeline> {
    await this.cases.unblockAccount(userId, { actor, note: body.note });
    return this.standings.timeline(userId);
  }

  /** Takes one prompt out of the evidence and computes the score again. */
  @Post(':userId/evidence/:requestId/false-positive')
  @HttpCode(200)
  async falsePositive(
    @CurrentActor() actor: Actor,
    @IntegerId('userId') userId: number,
    @Param('requestId') requestId: string,
    @Body() body: NoteDto,
  ): Promise<AccountTimeline> {
    await this.cases.markFalsePositive(userId, requestId, { actor, note: body.note });
    return this.standings.timeline(userId);
  }

  /** Allow-lists the account, or ends that: decisions about it are written down and not carried out. */
  @Put(':userId/exemption')
  async exempt(
    @CurrentActor() actor: Actor,
    @IntegerId('userId') userId: number,
    @Body() body: ExemptDto,
  ): Promise<AccountTimeline> {
    await this.cases.setExempt(userId, body.exempt, { actor, note: body.note });
    return this.standings.timeline(userId);
  }
}
