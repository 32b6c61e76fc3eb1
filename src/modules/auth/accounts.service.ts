import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/actor.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { UsersService } from '../users/users.service.js';
import { AccountResponseDto } from './dto/account-response.dto.js';
import type { Registration } from './registration.service.js';
import { RegistrationService } from './registration.service.js';

/** An account together with its default key, as the billing platform's routes show it to its owner. */
@Injectable()
export class AccountsService {
  constructor(
    private readonly registrations: RegistrationService,
    private readonly users: UsersService,
    private readonly keys: ApiKeysService,
  ) {}

  /** Opens an account. The answer is the only one with the key in full. */
  async register(registration: Registration, actor: Actor): Promise<AccountResponseDto> {
    const { user, apiKey } = await this.registrations.register(registration, actor);
    return AccountResponseDto.of(user, apiKey);
  }

  /** The account, with only the beginning of its key. */
  async describe(userId: number): Promise<AccountResponseDto> {
    const [user, key] = await Promise.all([this.users.getById(userId), this.keys.findDefault(userId)]);
    return AccountResponseDto.of(user, key === null ? null : `${key.prefix}…`);
  }

  /** Replaces the default key. The answer is the only one with the new key in full. */
  async refreshApiKey(userId: number, actor: Actor): Promise<AccountResponseDto> {
    const user = await this.users.getById(userId);
    const { key } = await this.keys.replaceDefault(userId, actor);
    return AccountResponseDto.of(user, key);
  }
}
