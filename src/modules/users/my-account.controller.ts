import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { GUARDFLOW_WORDS, RefusesWith } from '../../common/decorators/refusal-words.decorator.js';
import { Scope } from '../../common/decorators/scope.decorator.js';
import type { Principal } from '../../common/principal.js';
import { LedgerLogEntry } from '../usage/ledger/ledger-log-entry.dto.js';
import { MyProfile } from './dto/my-profile.dto.js';
import { MyQuota } from './dto/my-quota.dto.js';
import { UsagePageQuery } from './dto/usage-page.query.js';
import { MyAccountService } from './my-account.service.js';

/** What an account may know of itself, with a key or a login. */
@ApiTags('My account')
@ApiBearerAuth()
@ApiSecurity('api-key')
@Credentials('key', 'jwt')
@RefusesWith(GUARDFLOW_WORDS)
@Scope('usage:read')
@Controller('api/v1/user')
export class MyAccountController {
  constructor(private readonly account: MyAccountService) {}

  /** What is used, held and left of each limit. */
  @Get('quota')
  async quota(@CurrentPrincipal() principal: Principal): Promise<MyQuota> {
    return this.account.quota(principal.userId);
  }

  /** The account, its limits and its totals. */
  @Get('profile')
  async profile(@CurrentPrincipal() principal: Principal): Promise<MyProfile> {
    return this.account.profile(principal.userId);
  }

  /** The account's calls, newest first. `x-next-cursor` leads to more. */
  @Get('usage')
  async usage(
    @CurrentPrincipal() principal: Principal,
    @Query() query: UsagePageQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LedgerLogEntry[]> {
    const { entries, nextCursor } = await this.account.usage(principal.userId, query);
    if (nextCursor !== undefined) reply.header('x-next-cursor', nextCursor);
    return entries;
  }
}
