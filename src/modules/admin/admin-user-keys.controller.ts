import { Controller, Delete, Get, HttpCode, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { AdminUserKeysService } from './admin-user-keys.service.js';
import { IssuedUserApiKeyDto } from './dto/issued-user-api-key.dto.js';
import { RevokedUserApiKeyDto } from './dto/revoked-user-api-key.dto.js';
import { UserApiKeyDto } from './dto/user-api-key.dto.js';
import { UserId } from './user-id.decorator.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/users/:id/api-key')
export class AdminUserKeysController {
  constructor(private readonly keys: AdminUserKeysService) {}

  /** The account's default key, without the key. */
  @Get()
  async get(@UserId() userId: number): Promise<UserApiKeyDto> {
    return this.keys.get(userId);
  }

  /** Makes a default key for an account that has none. The answer is the only one that shows it. */
  @Post()
  @HttpCode(200)
  async create(@CurrentActor() actor: Actor, @UserId() userId: number): Promise<IssuedUserApiKeyDto> {
    return this.keys.create(userId, actor);
  }

  /** Replaces the account's default key. The answer is the only one that shows it. */
  @Put('regenerate')
  async regenerate(@CurrentActor() actor: Actor, @UserId() userId: number): Promise<IssuedUserApiKeyDto> {
    return this.keys.regenerate(userId, actor);
  }

  /** Ends the account's default key at once and for good. */
  @Delete()
  async revoke(@CurrentActor() actor: Actor, @UserId() userId: number): Promise<RevokedUserApiKeyDto> {
    return this.keys.revoke(userId, actor);
  }
}
