import { Injectable } from '@nestjs/common';
import { forbidden } from '../../common/errors/errors.js';
import { Config } from '../../config/config.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { UserAccount } from '../users/user-account.js';
import { UsersService } from '../users/users.service.js';
import { PasswordHasher } from './passwords/password-hasher.js';

export interface Registration {
  readonly username?: string;
  readonly email: string;
  readonly password: string;
}

const CLOSED_TEXT = {
  invite: 'Registration is by invitation only. Ask an administrator for an account.',
  off: 'Registration is switched off. Ask an administrator for an account.',
};

/** Accounts that people open themselves, where the configuration lets them. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UsersService,
    private readonly keys: ApiKeysService,
    private readonly passwords: PasswordHasher,
    private readonly config: Config,
  ) {}

  /**
   * Opens an account with a default key, which is returned here only. Throws 403 `registration_closed` unless
   * `REGISTRATION=open`, and 400 for a username or e-mail address that is taken.
   */
  async register(registration: Registration): Promise<{ user: UserAccount; apiKey: string }> {
    const mode = this.config.auth.registration;
    if (mode !== 'open') {
      throw forbidden(CLOSED_TEXT[mode], { code: 'registration_closed', retryable: false });
    }
    await this.users.assertUnregistered(registration);
    const passwordHash = await this.passwords.hash(registration.password);
    const { user, alongside } = await this.users.create(
      { username: registration.username, email: registration.email, passwordHash, origin: 'self' },
      (manager, { id }) => this.keys.issue({ userId: id, prefix: 'cb_', name: 'default', isDefault: true }, manager),
    );
    return { user, apiKey: alongside.key };
  }
}
