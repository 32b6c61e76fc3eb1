import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import type { Principal } from '../../common/principal.js';
import { CasesService } from '../misuse/cases/cases.service.js';
import { StandingService } from '../misuse/standing.service.js';
import type { AccountTimeline, Standing } from '../misuse/standing.service.js';
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

  /** Accounts by risk: the highest level and score first. */
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
    @CurrentPrincipal() principal: Principal,
    @IntegerId('userId') userId: number,
    @Body() body: NoteDto,
  ): Promise<AccountTimeline> {
    await this.cases.blockAccount(userId, { actorId: principal.userId, note: body.note });
    return this.standings.timeline(userId);
  }

  /** Lets the account in and begins its scores anew, whether it is blocked or not. */
  @Post([':userId/unblock', ':userId/reset'])
  @HttpCode(200)
  async unblock(
    @CurrentPrincipal() principal: Principal,
    @IntegerId('userId') userId: number,
    @Body() body: NoteDto,
  ): Promise<AccountTimeline> {
    await this.cases.unblockAccount(userId, { actorId: principal.userId, note: body.note });
    return this.standings.timeline(userId);
  }

  /** Takes one prompt out of the evidence and computes the score again. */
  @Post(':userId/evidence/:requestId/false-positive')
  @HttpCode(200)
  async falsePositive(
    @CurrentPrincipal() principal: Principal,
    @IntegerId('userId') userId: number,
    @Param('requestId') requestId: string,
    @Body() body: NoteDto,
  ): Promise<AccountTimeline> {
    await this.cases.markFalsePositive(userId, requestId, { actorId: principal.userId, note: body.note });
    return this.standings.timeline(userId);
  }

  /** Allow-lists the account, or ends that: decisions about it are written down and not carried out. */
  @Put(':userId/exemption')
  async exempt(
    @CurrentPrincipal() principal: Principal,
    @IntegerId('userId') userId: number,
    @Body() body: ExemptDto,
  ): Promise<AccountTimeline> {
    await this.cases.setExempt(userId, body.exempt, { actorId: principal.userId, note: body.note });
    return this.standings.timeline(userId);
  }
}
