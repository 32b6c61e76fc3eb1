import { Body, Controller, Get, Headers, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { usableKeyOf } from '../../common/http/idempotency-key.js';
import { PageQuery } from '../../common/http/page.query.js';
import { BalanceEntry } from '../usage/credits/balance-entry.dto.js';
import { CreditResult } from '../usage/credits/credit-result.dto.js';
import { nanoUsdOf } from '../../common/money.js';
import { CreditsService } from '../usage/credits/credits.service.js';
import { InstallationService } from '../usage/limits/installation.service.js';
import { QuotaResetService } from '../usage/resets/quota-reset.service.js';
import { ResetResult } from '../usage/resets/reset-result.dto.js';
import { UsersService } from '../users/users.service.js';
import { CreditDto } from './dto/credit.dto.js';
import { FreezeDto } from './dto/freeze.dto.js';
import { InstallationLimitsDto } from './dto/installation-limits.dto.js';
import { InstallationLimitsResponse } from './dto/installation-limits-response.dto.js';
import { QuotaResetDto } from './dto/quota-reset.dto.js';
import { UserId } from './user-id.decorator.js';

const IdempotencyKey = () => Headers('idempotency-key');

@ApiTags('Administration: money')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin')
export class AdminMoneyController {
  constructor(
    private readonly users: UsersService,
    private readonly credits: CreditsService,
    private readonly resets: QuotaResetService,
    private readonly installation: InstallationService,
  ) {}

  /** Adds tokens for life: an entry of its own, never an edit. The same `Idempotency-Key` adds them once. */
  @Post('users/:id/credits')
  @HttpCode(200)
  async credit(
    @CurrentActor() actor: Actor,
    @UserId() userId: number,
    @Body() { kind, tokens, reason }: CreditDto,
    @IdempotencyKey() idempotencyKey?: string,
  ): Promise<CreditResult> {
    await this.users.getById(userId);
    return this.credits.credit({ userId, kind, tokens, reason, actor, idempotencyKey: usableKeyOf(idempotencyKey) });
  }

  /** The entries of an account's balance, newest first. */
  @Get('users/:id/credits')
  async listCredits(@UserId() userId: number, @Query() page: PageQuery): Promise<BalanceEntry[]> {
    await this.users.getById(userId);
    return this.credits.list(userId, page);
  }

  /** Fresh days or months before their time. The same `Idempotency-Key` counts once. */
  @Post('quotas/reset')
  @HttpCode(200)
  async reset(
    @CurrentActor() actor: Actor,
    @Body() body: QuotaResetDto,
    @IdempotencyKey() idempotencyKey?: string,
  ): Promise<ResetResult> {
    return this.resets.reset({
      period: body.period,
      userId: body.user_id,
      actor,
      idempotencyKey: usableKeyOf(idempotencyKey),
      dryRun: body.dry_run ?? false,
    });
  }

  /** The kill switch and the cap of the installation. */
  @Get('installation')
  async describeInstallation(): Promise<InstallationLimitsResponse> {
    return InstallationLimitsResponse.of(await this.installation.describe());
  }

  @Put('installation/limits')
  async limitInstallation(
    @CurrentActor() actor: Actor,
    @Body() { cost_per_day_usd }: InstallationLimitsDto,
  ): Promise<InstallationLimitsResponse> {
    return InstallationLimitsResponse.of(await this.installation.capDailyCost(nanoUsdOf(cost_per_day_usd), actor));
  }

  /** Refuses every new call, on all replicas, from now on. Calls in flight end as usual. */
  @Post('freeze')
  @HttpCode(200)
  async freeze(@CurrentActor() actor: Actor, @Body() { reason }: FreezeDto): Promise<InstallationLimitsResponse> {
    return InstallationLimitsResponse.of(await this.installation.freeze(reason ?? null, actor));
  }

  @Post('unfreeze')
  @HttpCode(200)
  async unfreeze(@CurrentActor() actor: Actor): Promise<InstallationLimitsResponse> {
    return InstallationLimitsResponse.of(await this.installation.thaw(actor));
  }
}
