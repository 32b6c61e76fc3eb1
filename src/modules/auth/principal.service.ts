import { Injectable } from '@nestjs/common';
import { forbidden, unauthenticated } from '../../common/errors/errors.js';
import { grantedScopes } from '../../common/key-scopes.js';
import { UNRESTRICTED } from '../../common/principal.js';
import type { Principal } from '../../common/principal.js';
import { hashKey, isWellFormedKey } from '../api-keys/api-key-format.js';
import { assertGoodStanding } from '../users/principals/account-standing.js';
import type { CredentialFacts } from '../users/principals/credential-facts.js';
import { PrincipalCache } from '../users/principals/principal-cache.js';
import type { AccessClaims } from './access-claims.js';
import { ActivityRecorder } from './activity-recorder.js';
import { PrincipalLookup } from './principal-lookup.js';
import type { SessionPrincipal } from './session-principal.js';

/**
 * Who stands behind a credential, and whether they may come in: the one place where blocked, inactive, erased, expired
 * and revoked are checked, for keys and logins alike. What the database cannot tell is a 503, never a 401.
 */
@Injectable()
export class PrincipalService {
  constructor(
    private readonly lookup: PrincipalLookup,
    private readonly cache: PrincipalCache,
    private readonly activity: ActivityRecorder,
  ) {}

  /** Throws 401 for a mistyped, unknown, revoked or expired key; 403 for one switched off or of a shut-out account. */
  async ofKey(key: string): Promise<Principal> {
    const facts = isWellFormedKey(key) ? await this.factsOfKey(hashKey(key)) : null;
    if (facts?.key == null || facts.key.isRevoked) {
      throw unauthenticated('Invalid API key', { code: 'invalid_api_key' });
    }
    const { id, scopes, allowedModels, allowedAddresses } = facts.key;
    const principal: Principal = {
      kind: 'key',
      ...identityOf(facts),
      apiKeyId: id,
      scopes: grantedScopes(facts.account.role, scopes),
      allowedModels,
      allowedAddresses,
    };
    const isExpired = isPast(facts.key.expiresAt) || isPast(facts.key.secretExpiresAt);
    assertGoodStanding(facts.account, facts.key.isActive && !isExpired ? principal : null);
    if (!facts.key.isActive) {
      throw forbidden('API key is inactive', { code: 'key_inactive', retryable: false });
    }
    if (isExpired) {
      throw unauthenticated('API key has expired', { code: 'invalid_api_key' });
    }
    this.activity.note(facts.account.userId, facts.key.id);
    return principal;
  }

  /** For claims whose signature was verified. Throws 401 when the session has ended; 403 for a shut-out account. */
  async ofClaims(claims: AccessClaims): Promise<SessionPrincipal> {
    const facts = await this.cache.find(`session:${claims.sub}:${claims.sid}`, () =>
      this.lookup.bySession(claims.sub, claims.sid),
    );
    if (facts === null) {
      throw unauthenticated('User not found', { code: 'invalid_token' });
    }
    const principal: SessionPrincipal = {
      kind: 'jwt',
      ...identityOf(facts),
      apiKeyId: null,
      ...UNRESTRICTED,
      sessionId: claims.sid,
    };
    const isOpen = facts.sessionOpen && claims.epoch === facts.account.sessionEpoch;
    assertGoodStanding(facts.account, isOpen ? principal : null);
    if (!isOpen) {
      throw unauthenticated('This session has ended. Please log in again.', {
        code: 'invalid_token',
      });
    }
    this.activity.note(facts.account.userId, null);
    return principal;
  }

  private factsOfKey(hash: Buffer): Promise<CredentialFacts | null> {
    return this.cache.find(`key:${hash.toString('base64')}`, () => this.lookup.byKey(hash));
  }
}

function isPast(date: Date | null): boolean {
  return date !== null && date.getTime() <= Date.now();
}

function identityOf({ account }: CredentialFacts): Pick<Principal, 'userId' | 'userPublicId' | 'email' | 'role'> {
  return { userId: account.userId, userPublicId: account.userPublicId, email: account.email, role: account.role };
}
