import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Scope } from '../../common/decorators/scope.decorator.js';
import type { Principal } from '../../common/principal.js';
import type { LedgerLogEntry } from '../usage/ledger/ledger-reader.service.js';
import { UsagePageQuery } from './dto/usage-page.query.js';
import { MyAccountService } from './my-account.service.js';
import type { MyProfile, MyQuota } from './my-account.service.js';

/** What an account may know of itself, with a key or a login. */
@ApiTags('My account')
@ApiBearerAuth()
@ApiSecurity('api-key')
@Credentials('key', 'jwt')
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

  /** The account's calls, newest first. */
  @Get('usage')
  async usage(@CurrentPrincipal() principal: Principal, @Query() page: UsagePageQuery): Promise<LedgerLogEntry[]> {
    return this.account.usage(principal.userId, page);
  }
}
