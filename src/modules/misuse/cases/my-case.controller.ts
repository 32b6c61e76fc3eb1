import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { AllowBlocked } from '../../../common/decorators/allow-blocked.decorator.js';
import { Credentials } from '../../../common/decorators/credentials.decorator.js';
import { CurrentPrincipal } from '../../../common/decorators/current-principal.decorator.js';
import { Scope } from '../../../common/decorators/scope.decorator.js';
import type { Principal } from '../../../common/principal.js';
import { AppealDto } from './appeal.dto.js';
import type { MyCase } from './case.js';
import { CasesService } from './cases.service.js';

/** A blocked account's way back: the only routes that it still can use. */
@ApiTags('My account')
@ApiBearerAuth()
@ApiSecurity('api-key')
@Credentials('key', 'jwt')
@Scope('usage:read')
@AllowBlocked()
@Controller('api/v1/user/case')
export class MyCaseController {
  constructor(private readonly cases: CasesService) {}

  /** Why the account is blocked, with which requests as evidence, and what became of it. */
  @Get()
  async get(@CurrentPrincipal() principal: Principal): Promise<MyCase> {
    return this.cases.ofUser(principal.userId);
  }

  /** Asks for a person to look at it; once for each case. */
  @Post('appeal')
  @HttpCode(200)
  async appeal(@CurrentPrincipal() principal: Principal, @Body() body: AppealDto): Promise<MyCase> {
    return this.cases.appeal(principal.userId, body.text);
  }
}
