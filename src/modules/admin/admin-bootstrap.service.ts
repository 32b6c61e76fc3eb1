import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { SYSTEM } from '../../common/actor.js';
import { Config } from '../../config/config.js';
import { ApiKeysService } from '../api-keys/api-keys.service.js';
import { accountTarget } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { PasswordHasher } from '../auth/passwords/password-hasher.js';
import { UsersService } from '../users/users.service.js';

/** Chosen once at random: only these boots wait for each other. */
const LOCK_ID = 7_316_402_118;
/** 18 bytes are 24 characters. */
const GENERATED_PASSWORD_BYTES = 18;

export interface BootstrappedAdmin {
  /** False when the account was there already. */
  readonly created: boolean;
  readonly email: string;
  /** Only when it was made up here: to be printed once. */
  readonly generatedPassword?: string;
  /** A key of the new administrator, outside production: to be printed once. */
  readonly demoKey?: string;
}

/**
 * Makes the first administrator from `ADMIN_EMAIL` and `ADMIN_PASSWORD`. Run at every boot of every replica; replicas
 * that boot together wait for one another. An account that exists is left as it is: its stored password wins over
 * `ADMIN_PASSWORD`, which is taken only while the administrator has no password at all. An ordinary account that holds
 * the address is never promoted.
 */
@Injectable()
export class AdminBootstrapService {
  private readonly logger = new Logger(AdminBootstrapService.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UsersService,
    private readonly keys: ApiKeysService,
    private readonly passwords: PasswordHasher,
    private readonly audit: AuditService,
    private readonly config: Config,
  ) {}

  async ensureAdministrator(): Promise<BootstrappedAdmin> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCK_ID]);
      const email = this.config.auth.adminEmail;
      const existing = await this.users.findForLogin(email, manager);
      if (existing === null) {
        return this.create(manager, email);
      }
      if (existing.user.role !== 'admin') {
        this.logger.warn('ADMIN_EMAIL names an ordinary account, which is not promoted; there may be no administrator');
      } else if (existing.passwordHash === null && this.config.auth.adminPassword !== undefined) {
        const passwordHash = await this.passwords.hash(this.config.auth.adminPassword);
        await this.users.setPasswordHash(existing.user.id, passwordHash, manager);
        const target = accountTarget(existing.user.id);
        await this.audit.record(manager, { actor: SYSTEM, action: 'account.password_changed', target });
      }
      return { created: false, email };
    });
  }

  private async create(manager: EntityManager, email: string): Promise<BootstrappedAdmin> {
    const configured = this.config.auth.adminPassword;
    const password = configured ?? randomBytes(GENERATED_PASSWORD_BYTES).toString('base64url');
    const { alongside: demoKey } = await this.users.createIn(
      manager,
      {
        email,
        name: 'Administrator',
        role: 'admin',
        origin: 'bootstrap',
        passwordHash: await this.passwords.hash(password),
        actor: SYSTEM,
      },
      async (_manager, { id }) => (this.config.production ? undefined : this.issueDemoKey(manager, id)),
    );
    return { created: true, email, generatedPassword: configured === undefined ? password : undefined, demoKey };
  }

  private async issueDemoKey(manager: EntityManager, userId: number): Promise<string> {
    return (await this.keys.issue({ userId, prefix: 'gh_', name: 'demo', actor: SYSTEM }, manager)).key;
  }
}
