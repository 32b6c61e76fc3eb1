import { Controller, Get, Param, ParseUUIDPipe, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Scope } from '../../common/decorators/scope.decorator.js';
import { unprocessable } from '../../common/errors/errors.js';
import { DaysQuery } from '../../common/http/days.query.js';
import type { Principal } from '../../common/principal.js';
import { KeyUsageQuery } from './dto/key-usage.query.js';
import { KeyUsageService } from './key-usage.service.js';
import type { KeyUsageEntry, KeyUsageSummary } from './key-usage.service.js';

const KeyId = () =>
  Param(
    'keyId',
    new ParseUUIDPipe({
      exceptionFactory: () => unprocessable('key_id must be a UUID', { code: 'invalid_id', param: 'key_id' }),
    }),
  );

/** What one of the caller's keys was used for. Another account's key is not found. */
@ApiTags('API keys')
@ApiBearerAuth()
@ApiSecurity('api-key')
@Credentials('key', 'jwt')
@Scope('usage:read')
@Controller('api/v1/usage')
export class KeyUsageController {
  constructor(private readonly usage: KeyUsageService) {}

  /** The key's calls, newest first. */
  @Get(':keyId')
  async list(
    @CurrentPrincipal() principal: Principal,
    @KeyId() keyId: string,
    @Query() query: KeyUsageQuery,
  ): Promise<KeyUsageEntry[]> {
    return this.usage.list(principal.userId, keyId, query);
  }

  /** The key's totals of the last days. */
  @Get(':keyId/summary')
  async summary(
    @CurrentPrincipal() principal: Principal,
    @KeyId() keyId: string,
    @Query() query: DaysQuery,
  ): Promise<KeyUsageSummary> {
    return this.usage.summary(principal.userId, keyId, query.days);
  }
}
