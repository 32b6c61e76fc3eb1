import { Body, Controller, Get, Headers, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { PageQuery } from '../../common/http/page.query.js';
import type { Principal } from '../../common/principal.js';
import { CreditsService } from '../usage/credits/credits.service.js';
import type { BalanceEntry, CreditResult } from '../usage/credits/credits.service.js';
import { InstallationService } from '../usage/limits/installation.service.js';
import type { InstallationLimits } from '../usage/limits/installation.service.js';
import { QuotaResetService } from '../usage/resets/quota-reset.service.js';
import type { ResetResult } from '../usage/resets/quota-reset.service.js';
import { CreditDto } from './dto/credit.dto.js';
import { FreezeDto } from './dto/freeze.dto.js';
import { InstallationLimitsDto } from './dto/installation-limits.dto.js';
import { QuotaResetDto } from './dto/quota-reset.dto.js';
import { UserId } from './user-id.decorator.js';

const NANO_USD_PER_USD = 1_000_000_000;
const IdempotencyKey = () => Headers('idempotency-key');

@ApiTags('Administration: money')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin')
export class AdminMoneyController {
  constructor(
    private readonly credits: CreditsService,
    private readonly resets: QuotaResetService,
    private readonly installation: InstallationService,
  ) {}

  /** Adds tokens for life: an entry of its own, never an edit. The same `Idempotency-Key` adds them once. */
  @Post('users/:id/credits')
  @HttpCode(200)
  async credit(
    @CurrentPrincipal() principal: Principal,
    @UserId() userId: number,
    @Body() { kind, tokens, reason }: CreditDto,
    @IdempotencyKey() idempotencyKey?: string,
  ): Promise<CreditResult> {
    const authorUserId = principal.userId;
    return this.credits.credit({ userId, kind, tokens, reason, authorUserId, idempotencyKey: idempotencyKey ?? null });
  }

  /** The entries of an account's balance, newest first. */
  @Get('users/:id/credits')
  async listCredits(@UserId() userId: number, @Query() page: PageQuery): Promise<BalanceEntry[]> {
    return this.credits.list(userId, page);
  }

  /** Fresh days or months before their time. The same `Idempotency-Key` resets an account once. */
  @Post('quotas/reset')
  @HttpCode(200)
  async reset(
    @CurrentPrincipal() principal: Principal,
    @Body() body: QuotaResetDto,
    @IdempotencyKey() idempotencyKey?: string,
  ): Promise<ResetResult> {
    return this.resets.reset({
      period: body.period,
      userId: body.user_id,
      authorUserId: principal.userId,
      idempotencyKey: idempotencyKey ?? null,
      dryRun: body.dry_run ?? false,
    });
  }

  /** The kill switch and the cap of the installation. */
  @Get('installation')
  async describeInstallation(): Promise<InstallationLimits> {
    return this.installation.describe();
  }

  @Put('installation/limits')
  async limitInstallation(@Body() { cost_per_day_usd }: InstallationLimitsDto): Promise<InstallationLimits> {
    const nanoUsd = cost_per_day_usd === null ? null : Math.round(cost_per_day_usd * NANO_USD_PER_USD);
    return this.installation.capDailyCost(nanoUsd);
  }

  /** Refuses every new call, on all replicas, from now on. Calls in flight end as usual. */
  @Post('freeze')
  @HttpCode(200)
  async freeze(@Body() { reason }: FreezeDto): Promise<InstallationLimits> {
    return this.installation.freeze(reason ?? null);
  }

  @Post('unfreeze')
  @HttpCode(200)
  async unfreeze(): Promise<InstallationLimits> {
    return this.installation.thaw();
  }
}
