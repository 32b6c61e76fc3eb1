import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/actor.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import type { UserAccount } from '../users/user-account.js';
import { UsersService } from '../users/users.service.js';
import { NewPasswords } from './passwords/new-passwords.js';
import { RegistrationPolicy } from './registration-policy.js';

export interface Registration {
  readonly username?: string;
  readonly email: string;
  readonly name?: string;
  readonly password: string;
  /** The token of an invitation. */
  readonly invitation?: string;
}

/** Accounts that people open themselves, where the configuration lets them. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UsersService,
    private readonly keys: ApiKeysService,
    private readonly passwords: NewPasswords,
    private readonly policy: RegistrationPolicy,
  ) {}

  /**
   * Opens an account with a default key, which is returned here only. Throws 403 when registration is closed or the
   * invitation is no good, 400 for a username or e-mail address that is taken, 422 for a common password.
   */
  async register(registration: Registration, actor: Actor): Promise<{ user: UserAccount; apiKey: string }> {
    const { username, email, name, invitation } = registration;
    await this.policy.assertMayRegister(email, invitation);
    await this.users.assertUnregistered(registration);
    const passwordHash = await this.passwords.hash(registration.password, 'password');
    const { user, alongside } = await this.users.create(
      { username, email, name, passwordHash, origin: 'self', actor },
      async (manager, account) => {
        await this.policy.takeUp(manager, account, invitation, actor);
        const { id: userId } = account;
        return this.keys.issue({ userId, prefix: 'cb_', name: 'default', isDefault: true, actor }, manager);
      },
    );
    return { user, apiKey: alongside.key };
  }
}
