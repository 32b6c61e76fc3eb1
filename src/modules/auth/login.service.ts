import { Injectable } from '@nestjs/common';
import { unauthenticated } from '../../common/errors/errors.js';
import { assertGoodStanding } from '../users/principals/account-standing.js';
import type { UserAccount } from '../users/user-account.js';
import { UsersService } from '../users/users.service.js';
import type { SessionTokensDto } from './dto/session-tokens.dto.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { SessionsService } from './sessions/sessions.service.js';

/** Password logins. A wrong password and an unknown account cannot be told apart, by the answer or by its time. */
@Injectable()
export class LoginService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordHasher,
    private readonly sessions: SessionsService,
  ) {}

  /**
   * Logs in by username or e-mail address. Throws 401 with `refusalText`, and 403 for a shut-out account, but only to
   * somebody who knows its password.
   */
  async login(
    identifier: string,
    password: string,
    refusalText: string,
  ): Promise<{ user: UserAccount; tokens: SessionTokensDto }> {
    const found = await this.users.findForLogin(identifier);
    const isRight = await this.passwords.verify(found?.passwordHash ?? null, password);
    if (found === null || !isRight) {
      throw unauthenticated(refusalText, { code: 'invalid_credentials' });
    }
    assertGoodStanding({ ...found.user, isDeleted: false });
    return { user: found.user, tokens: await this.sessions.begin(found.user) };
  }
}
