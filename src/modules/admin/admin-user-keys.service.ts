import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/actor.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { UsersService } from '../users/users.service.js';
import { IssuedUserApiKeyDto } from './dto/issued-user-api-key.dto.js';
import type { RevokedUserApiKeyDto } from './dto/revoked-user-api-key.dto.js';
import { UserApiKeyDto } from './dto/user-api-key.dto.js';

const PREFIX = 'gh_';

/** The default keys of accounts, as administrators hand them out and take them back. Unknown accounts are a 404. */
@Injectable()
export class AdminUserKeysService {
  constructor(
    private readonly users: UsersService,
    private readonly keys: ApiKeysService,
  ) {}

  async get(userId: number): Promise<UserApiKeyDto> {
    const user = await this.users.getById(userId);
    return UserApiKeyDto.of(user, await this.keys.findDefault(userId));
  }

  /** Throws 400 `key_exists` for an account that has a default key. */
  async create(userId: number, actor: Actor): Promise<IssuedUserApiKeyDto> {
    const user = await this.users.getById(userId);
    const issued = await this.keys.issueDefault(userId, actor, PREFIX);
    return IssuedUserApiKeyDto.of('API key created successfully', user, issued);
  }

  /** The old key, if there was one, ends at once. */
  async regenerate(userId: number, actor: Actor): Promise<IssuedUserApiKeyDto> {
    const user = await this.users.getById(userId);
    const issued = await this.keys.replaceDefault(userId, actor, PREFIX);
    return IssuedUserApiKeyDto.of('API key regenerated successfully', user, issued);
  }

  /** Throws 404 `key_not_found` for an account without a default key. */
  async revoke(userId: number, actor: Actor): Promise<RevokedUserApiKeyDto> {
    const user = await this.users.getById(userId);
    const key = await this.keys.revokeDefault(userId, actor);
    return {
      message: 'API key revoked successfully',
      user_id: user.id,
      user_name: user.name,
      revoked_at: key.revokedAt,
    };
  }
}
