import { Injectable } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import type { Actor } from '../../../common/actor.js';
import { DomainError } from '../../../common/errors/domain-error.js';
import { unauthenticated } from '../../../common/errors/errors.js';
import { isUniqueViolation } from '../../../database/postgres-errors.js';
import { LimitsService } from '../../usage/limits/limits.service.js';
import { GoogleAccountsService } from '../../users/google-accounts.service.js';
import type { GoogleIdentity } from '../../users/google-identity.js';
import { assertGoodStanding } from '../../users/principals/account-standing.js';
import type { UserAccount } from '../../users/user-account.js';
import { UsersService } from '../../users/users.service.js';
import { RegistrationPolicy } from '../registration-policy.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { GoogleAccountDto } from './dto/google-account.dto.js';
import type { GoogleLoginDto } from './dto/google-login.dto.js';
import { GoogleIdentityService, invalidToken } from './google-identity.service.js';

/** Accounts for people that Google vouches for. */
@Injectable()
export class GoogleLoginService {
  constructor(
    private readonly identities: GoogleIdentityService,
    private readonly googleAccounts: GoogleAccountsService,
    private readonly users: UsersService,
    private readonly policy: RegistrationPolicy,
    private readonly sessions: SessionsService,
    private readonly limits: LimitsService,
  ) {}

  /** Logs in, and opens an account at the first time. Throws 401, 403 for a shut-out account or closed registration, 503. */
  async login(credentials: GoogleLoginDto, actor: Actor): Promise<GoogleAccountDto> {
    const user = await this.accountOf(await this.identify(credentials), actor, credentials.invitation);
    const [tokens, { balance }] = await Promise.all([this.sessions.begin(user), this.limits.describe(user.id)]);
    return {
      id: user.id,
      email: user.email,
      name: user.name,
      picture: user.pictureUrl,
      total_tokens: balance.limit,
      tokens_used: balance.used,
      tokens_left: balance.limit === null ? null : Math.max(0, balance.limit - balance.used),
      ...tokens,
    };
  }

  /** The account behind an access token that comes with every call; Google's word counts for a minute. As `login`. */
  async accountOfToken(accessToken: string, actor: Actor): Promise<UserAccount> {
    return this.accountOf(await this.identities.verify(accessToken), actor);
  }

  private async accountOf(identity: GoogleIdentity, actor: Actor, invitation?: string): Promise<UserAccount> {
    const user = (await this.find(identity, actor)) ?? (await this.open(identity, actor, invitation));
    assertGoodStanding({ ...user, isDeleted: false });
    return user;
  }

  private async find(identity: GoogleIdentity, actor: Actor): Promise<UserAccount | null> {
    const match = await this.googleAccounts.match(identity, actor);
    switch (match.kind) {
      case 'linked':
        return match.user;
      case 'nobody':
        return null;
      case 'other_identity':
        throw invalidToken();
      case 'unverified_account':
        throw unauthenticated(
          'An account with this e-mail address exists already, and nobody has verified that the address is theirs.' +
            ' Log in with its password, or ask an administrator.',
          { code: 'account_not_linked', retryable: false },
        );
    }
  }

  private async open(identity: GoogleIdentity, actor: Actor, invitation: string | undefined): Promise<UserAccount> {
    await this.policy.assertMayRegister(identity.email, invitation);
    try {
      const { user } = await this.users.create(
        { email: identity.email, name: identity.name ?? undefined, origin: 'google', google: identity, actor },
        (manager, account) => this.policy.takeUp(manager, account, invitation, actor),
      );
      return user;
    } catch (error) {
      // Whoever logs in twice at once finds, the second time, the account that the first one opened.
      const user = isTaken(error) ? await this.find(identity, actor) : null;
      if (user === null) throw error;
      return user;
    }
  }

  /** Both kinds of token have to stand for one person when both are there. */
  private async identify({ access_token, id_token }: GoogleLoginDto): Promise<GoogleIdentity> {
    const found: GoogleIdentity[] = [];
    if (id_token !== undefined) {
      found.push(await this.identities.verifyIdToken(id_token));
    }
    if (access_token !== undefined) {
      found.push(await this.identities.verifyNow(access_token));
    }
    const [identity] = found;
    if (identity === undefined || found.some(({ sub }) => sub !== identity.sub)) {
      throw invalidToken();
    }
    return identity;
  }
}

function isTaken(error: unknown): boolean {
  if (error instanceof QueryFailedError) return isUniqueViolation(error.driverError);
  return error instanceof DomainError && error.details.code === 'email_taken';
}
