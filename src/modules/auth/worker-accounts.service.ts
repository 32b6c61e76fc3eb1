import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/actor.js';
import { DomainError } from '../../common/errors/domain-error.js';
import { invalidRequest } from '../../common/errors/errors.js';
import { LoginService } from './login.service.js';
import type { Registration } from './registration.service.js';
import { RegistrationService } from './registration.service.js';
import { SessionsService } from './sessions/sessions.service.js';

/** Accounts as the AI worker API knows them: an e-mail address, a password, one token. */
@Injectable()
export class WorkerAccountsService {
  constructor(
    private readonly registrations: RegistrationService,
    private readonly logins: LoginService,
    private readonly sessions: SessionsService,
  ) {}

  /** Opens an account and logs in. Throws 400 `User creation failed` for an address that is taken. */
  async register(registration: Registration, actor: Actor): Promise<string> {
    try {
      const { user } = await this.registrations.register(registration, actor);
      return (await this.sessions.begin(user)).access_token;
    } catch (error) {
      if (error instanceof DomainError && error.details.code === 'email_taken') {
        throw invalidRequest('User creation failed', { code: 'email_taken', cause: error });
      }
      throw error;
    }
  }

  async login(email: string, password: string): Promise<string> {
    return (await this.logins.login(email, password, 'Invalid credentials')).tokens.access_token;
  }
}
