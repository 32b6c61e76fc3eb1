import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { unprocessable } from '../../../common/errors/errors.js';
import { Config } from '../../../config/config.js';
import { PasswordHasher } from './password-hasher.js';

/** Passwords that somebody is about to set. Their length is checked with the body; here, that nobody guesses them first. */
@Injectable()
export class NewPasswords implements OnModuleInit {
  private common: ReadonlySet<string> = new Set();

  constructor(
    private readonly hasher: PasswordHasher,
    private readonly config: Config,
  ) {}

  /** The list is for production only: examples and tests may use the passwords that everybody uses. */
  async onModuleInit(): Promise<void> {
    if (this.config.production) {
      const { dictionary } = await import('@zxcvbn-ts/language-common');
      this.common = new Set(dictionary['passwords-common']);
    }
  }

  /** The PHC string to store. Throws 422 naming `field` for one of the most common passwords, 503 when too many wait. */
  async hash(password: string, field: string): Promise<string> {
    if (this.common.has(password.toLowerCase())) {
      throw unprocessable(`${field} is one of the most common passwords: choose another one`, {
        code: 'common_password',
        param: field,
      });
    }
    return this.hasher.hash(password);
  }
}
