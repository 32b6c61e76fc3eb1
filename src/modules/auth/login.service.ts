import { Injectable } from '@nestjs/common';
import type { RefusalWords } from '../../common/decorators/refusal-words.decorator.js';
import { unauthenticated } from '../../common/errors/errors.js';
import { assertGoodStanding } from '../users/principals/account-standing.js';
import type { UserAccount } from '../users/user-account.js';
import { UsersService } from '../users/users.service.js';
import type { SessionTokensDto } from './dto/session-tokens.dto.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { reworded } from './reworded.js';
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
   * Logs in by username or e-mail address. Throws 401 in the words for `invalid`, and 403 for a shut-out account (in
   * those for `inactive`, if there are any), but only to somebody who knows its password.
   */
  async login(
    identifier: string,
    password: string,
    words: RefusalWords & { invalid: string },
  ): Promise<{ user: UserAccount; tokens: SessionTokensDto }> {
    const found = await this.users.findForLogin(identifier);
    const isRight = await this.passwords.verify(found?.passwordHash ?? null, password);
    if (found === null || !isRight) {
      throw unauthenticated(words.invalid, { code: 'invalid_credentials' });
    }
    try {
      assertGoodStanding({ ...found.user, isDeleted: false });
    } catch (error) {
      throw reworded(error, words, true);
    }
    return { user: found.user, tokens: await this.sessions.begin(found.user) };
  }
}
