import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { unprocessable } from '../../common/errors/errors.js';
import type { Principal } from '../../common/principal.js';
import { Config } from '../../config/config.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiKeyResponseDto } from './dto/api-key-response.dto.js';
import type { ApiKeyContext } from './dto/api-key-response.dto.js';
import { termsOf } from './dto/api-key-terms.dto.js';
import { CreateApiKeyDto } from './dto/create-api-key.dto.js';
import { IssuedApiKeyResponseDto } from './dto/issued-api-key-response.dto.js';
import { ListApiKeysDto } from './dto/list-api-keys.dto.js';
import { RotateApiKeyDto } from './dto/rotate-api-key.dto.js';
import { UpdateApiKeyDto } from './dto/update-api-key.dto.js';

const KeyId = () =>
  Param(
    'id',
    new ParseUUIDPipe({
      exceptionFactory: () => unprocessable('id must be a UUID', { code: 'invalid_id', param: 'id' }),
    }),
  );

@ApiTags('API keys')
@ApiBearerAuth()
@Controller('api/v1/api-keys')
export class ApiKeysController {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly config: Config,
  ) {}

  /** Issues a key. The answer is the only one that shows it. */
  @Post()
  async create(
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
    @Body() body: CreateApiKeyDto,
  ): Promise<IssuedApiKeyResponseDto> {
    const { userId } = principal;
    const issued = await this.keys.issue({ userId, prefix: 'ai_', name: body.name, ...termsOf(body), actor });
    return IssuedApiKeyResponseDto.ofIssued(issued, this.contextOf(principal));
  }

  /** The caller's keys, newest first. */
  @Get()
  async list(@CurrentPrincipal() principal: Principal, @Query() query: ListApiKeysDto): Promise<ApiKeyResponseDto[]> {
    const keys = await this.keys.list(principal.userId, {
      skip: query.skip,
      limit: query.limit,
      activeOnly: query.active_only,
    });
    return keys.map((key) => ApiKeyResponseDto.of(key, this.contextOf(principal)));
  }

  /** One of the caller's keys. */
  @Get(':id')
  async get(@CurrentPrincipal() principal: Principal, @KeyId() id: string): Promise<ApiKeyResponseDto> {
    return ApiKeyResponseDto.of(await this.keys.get(principal.userId, id), this.contextOf(principal));
  }

  /** Renames a key, switches it off or on, or changes its terms. What is left out stays, null takes a term away. */
  @Patch(':id')
  async update(
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
    @KeyId() id: string,
    @Body() body: UpdateApiKeyDto,
  ): Promise<ApiKeyResponseDto> {
    const changes = { name: body.name, isActive: body.is_active, ...termsOf(body) };
    const key = await this.keys.update(principal.userId, id, changes, actor);
    return ApiKeyResponseDto.of(key, this.contextOf(principal));
  }

  /** Replaces the secret of a key, which keeps its id, terms and history. The answer is the only one that shows it. */
  @Post(':id/rotate')
  @HttpCode(200)
  async rotate(
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
    @KeyId() id: string,
    @Body() body: RotateApiKeyDto,
  ): Promise<IssuedApiKeyResponseDto> {
    const issued = await this.keys.rotate(principal.userId, id, body.grace_seconds, actor);
    return IssuedApiKeyResponseDto.ofIssued(issued, this.contextOf(principal));
  }

  /** Ends a key at once and for good. The record of what it was used for stays. */
  @Delete(':id')
  @HttpCode(204)
  async remove(
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
    @KeyId() id: string,
  ): Promise<void> {
    await this.keys.remove(principal.userId, id, actor);
  }

  private contextOf({ role }: Principal): ApiKeyContext {
    return { role, defaultRequestsPerMinute: this.config.limits.defaultRequestsPerMinute };
  }
}
