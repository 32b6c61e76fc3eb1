import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../common/actor.js';
import { invalidRequest } from '../../../common/errors/errors.js';
import { accountTarget } from '../../audit/audit-entry.js';
import { AuditService } from '../../audit/audit.service.js';
import { PrincipalChanges } from '../../users/principals/principal-changes.service.js';
import { UsersService } from '../../users/users.service.js';
import { NewPasswords } from './new-passwords.js';
import { PasswordHasher } from './password-hasher.js';

@Injectable()
export class PasswordChangeService {
  constructor(
    private readonly users: UsersService,
    private readonly hasher: PasswordHasher,
    private readonly newPasswords: NewPasswords,
    private readonly changes: PrincipalChanges,
    private readonly audit: AuditService,
  ) {}

  /**
   * Replaces the password and ends every session of the account, this one too. Throws 400 for a wrong current password
   * (or an account that has none), 422 for a common new one.
   */
  async change(userId: number, currentPassword: string, newPassword: string, actor: Actor): Promise<void> {
    const { email } = await this.users.getById(userId);
    const found = await this.users.findForLogin(email);
    const isRight = await this.hasher.verify(found?.passwordHash ?? null, currentPassword);
    if (!isRight) {
      throw invalidRequest('Current password is incorrect', {
        code: 'invalid_credentials',
        param: 'current_password',
      });
    }
    const passwordHash = await this.newPasswords.hash(newPassword, 'new_password');
    await this.changes.commit({ userId }, async (manager) => {
      await this.users.setPasswordHash(userId, passwordHash, manager);
      await this.audit.record(manager, { actor, action: 'account.password_changed', target: accountTarget(userId) });
    });
  }
}
