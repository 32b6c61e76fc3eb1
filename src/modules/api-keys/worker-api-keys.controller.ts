import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import type { Principal } from '../../common/principal.js';
import { ApiKeysService } from './api-keys.service.js';
import { CreateWorkerApiKeyDto } from './dto/create-worker-api-key.dto.js';
import { IssuedWorkerApiKeyDto } from './dto/issued-worker-api-key.dto.js';
import { RevokedApiKeyDto } from './dto/revoked-api-key.dto.js';
import { WorkerApiKeyDto } from './dto/worker-api-key.dto.js';

const LISTED_AT_MOST = 1000;

/** The key routes of the AI worker API. */
@ApiTags('AI worker API')
@ApiBearerAuth()
@Controller('api-keys')
export class WorkerApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  /** Issues a key. The answer is the only one that shows it. */
  @Post('create')
  @HttpCode(200)
  async create(
    @CurrentPrincipal() { userId }: Principal,
    @CurrentActor() actor: Actor,
    @Body() body: CreateWorkerApiKeyDto,
  ): Promise<IssuedWorkerApiKeyDto> {
    const { key } = await this.keys.issue({ userId, prefix: 'sk-', name: body.name, actor });
    return { key, message: "API key created successfully. Save this key as it won't be shown again." };
  }

  /** The caller's keys, newest first. */
  @Get('list')
  async list(@CurrentPrincipal() principal: Principal): Promise<WorkerApiKeyDto[]> {
    const keys = await this.keys.list(principal.userId, { skip: 0, limit: LISTED_AT_MOST, activeOnly: false });
    return keys.map((key) => WorkerApiKeyDto.of(key));
  }

  /** Ends a key at once and for good. */
  @Post('revoke/:keyId')
  @HttpCode(200)
  async revoke(
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
    @Param('keyId') keyId: string,
  ): Promise<RevokedApiKeyDto> {
    await this.keys.revoke(principal.userId, keyId, actor);
    return { message: 'API key revoked successfully' };
  }
}
