import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { DomainError } from '../../../common/errors/domain-error.js';
import { unauthenticated, unavailable } from '../../../common/errors/errors.js';
import { Config } from '../../../config/config.js';
import type { GoogleIdentity } from '../../users/google-identity.js';
import { BoundedCache } from '../../users/principals/bounded-cache.js';
import { identityOf, isForClient, judgeTokenInfo, verifiedPerson } from './google-claims.js';
import { GoogleEndpoints } from './google-endpoints.js';
import { IdTokenVerifier } from './id-token-verifier.js';

const REMEMBERED_TOKENS = 10_000;
/** A token that Google withdraws is good here for this long at most. */
const REMEMBERED_FOR_MS = 60_000;

interface VerifiedToken {
  readonly identity: GoogleIdentity;
  readonly expiresAtMs: number;
}

/**
 * Who a token of Google's stands for. Everything that is wrong with one is the same 401 `Invalid access token`; 503
 * when Google cannot be asked, or when no Google client is configured.
 */
@Injectable()
export class GoogleIdentityService {
  private readonly verified = new BoundedCache<VerifiedToken>(REMEMBERED_TOKENS, REMEMBERED_FOR_MS);
  private readonly verifying = new Map<string, Promise<VerifiedToken>>();

  constructor(
    private readonly endpoints: GoogleEndpoints,
    private readonly idTokens: IdTokenVerifier,
    private readonly config: Config,
  ) {}

  /**
   * For tokens that come with every call: an answer of Google's counts for a minute, and never longer than the token.
   * Calls that arrive together ask once.
   */
  async verify(accessToken: string): Promise<GoogleIdentity> {
    const token = createHash('sha256').update(accessToken).digest('base64');
    const known = this.verified.get(token);
    if (known !== undefined && known.expiresAtMs > Date.now()) {
      return known.identity;
    }
    return (await (this.verifying.get(token) ?? this.askOnce(token, accessToken))).identity;
  }

  /** For logins: Google is asked every time. */
  async verifyNow(accessToken: string): Promise<GoogleIdentity> {
    return (await this.ask(accessToken)).identity;
  }

  async verifyIdToken(idToken: string): Promise<GoogleIdentity> {
    const clientId = this.clientId();
    const claims = await this.idTokens.verify(idToken, clientId);
    const person = claims !== null && isForClient(claims, clientId) ? verifiedPerson(claims) : null;
    if (claims === null || person === null) {
      throw invalidToken();
    }
    return identityOf(person, claims);
  }

  private askOnce(token: string, accessToken: string): Promise<VerifiedToken> {
    const asking = this.ask(accessToken)
      .then((answer) => {
        this.verified.set(token, answer);
        return answer;
      })
      .finally(() => this.verifying.delete(token));
    this.verifying.set(token, asking);
    return asking;
  }

  private async ask(accessToken: string): Promise<VerifiedToken> {
    const clientId = this.clientId();
    const claims = await this.endpoints.tokenInfo(accessToken);
    const token = claims === null ? null : judgeTokenInfo(claims, clientId, Date.now());
    if (token === null) {
      throw invalidToken();
    }
    const profile = await this.endpoints.userInfo(accessToken);
    if (profile === null || profile['sub'] !== token.sub) {
      throw invalidToken();
    }
    return { identity: identityOf(token, profile), expiresAtMs: token.expiresAtMs };
  }

  private clientId(): string {
    const { clientId } = this.config.google;
    if (clientId === undefined) {
      throw unavailable('Google logins are not configured on this server.', {
        code: 'google_not_configured',
        retryAfterSeconds: undefined,
        retryable: false,
      });
    }
    return clientId;
  }
}

export function invalidToken(): DomainError {
  return unauthenticated('Invalid access token', { code: 'invalid_token', retryable: false });
}
