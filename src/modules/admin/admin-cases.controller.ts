import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { CaseDetail } from '../misuse/cases/case-detail.dto.js';
import { CaseView } from '../misuse/cases/case-view.dto.js';
import { CasesService } from '../misuse/cases/cases.service.js';
import { CasesQuery } from './dto/cases.query.js';
import { ConfirmCaseDto } from './dto/confirm-case.dto.js';
import { NoteDto } from './dto/note.dto.js';

/** Blocked accounts, why, and what a person makes of it. */
@ApiTags('Misuse')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/cases')
export class AdminCasesController {
  constructor(private readonly cases: CasesService) {}

  /** Newest first. */
  @Get()
  async list(@Query() query: CasesQuery): Promise<CaseView[]> {
    return this.cases.search({ state: query.state, userId: query.user_id, limit: query.limit, skip: query.skip });
  }

  /** A case with its evidence and everything that happened to the account. */
  @Get(':id')
  async get(@Param('id') id: string): Promise<CaseDetail> {
    return this.cases.getById(id);
  }

  /** Lets the account in again; its scores begin anew. */
  @Post(':id/unblock')
  @HttpCode(200)
  async unblock(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: NoteDto): Promise<CaseDetail> {
    return this.cases.unblock(id, { actor, note: body.note });
  }

  /** The same, and there was nothing in it: the evidence no longer counts. */
  @Post(':id/dismiss')
  @HttpCode(200)
  async dismiss(@CurrentActor() actor: Actor, @Param('id') id: string, @Body() body: NoteDto): Promise<CaseDetail> {
    return this.cases.dismiss(id, { actor, note: body.note });
  }

  /** The block stands: an appeal is decided by it, and the evidence counts as confirmed. Once; the account can be let in later. */
  @Post(':id/confirm')
  @HttpCode(200)
  async confirm(
    @CurrentActor() actor: Actor,
    @Param('id') id: string,
    @Body() body: ConfirmCaseDto,
  ): Promise<CaseDetail> {
    return this.cases.confirm(id, { actor, note: body.note, answer: body.answer ?? null });
  }
}
