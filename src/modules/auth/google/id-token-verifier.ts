import { Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { Config } from '../../../config/config.js';
import { GOOGLE_ISSUERS } from './google-claims.js';
import { googleUnreachable } from './google-endpoints.js';
import type { Claims } from './google-endpoints.js';

const KEYS_TIMEOUT_MS = 5_000;
const KEYS_KEPT_MS = 600_000;
/** A token with an unknown key id makes us ask for new keys no more often than this. */
const KEYS_COOLDOWN_MS = 30_000;

/** Checks Google's ID tokens against Google's published keys. */
@Injectable()
export class IdTokenVerifier {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(config: Config) {
    this.keys = createRemoteJWKSet(new URL(config.google.jwksUrl), {
      timeoutDuration: KEYS_TIMEOUT_MS,
      cacheMaxAge: KEYS_KEPT_MS,
      cooldownDuration: KEYS_COOLDOWN_MS,
    });
  }

  /** The claims of a token that Google signed for `clientId` and that has not expired; else null. Throws 503 without keys. */
  async verify(idToken: string, clientId: string): Promise<Claims | null> {
    try {
      const { payload } = await jwtVerify(idToken, this.keys, {
        algorithms: ['RS256'],
        issuer: GOOGLE_ISSUERS,
        audience: clientId,
        requiredClaims: ['exp', 'sub'],
      });
      return payload;
    } catch (error) {
      if (isAboutTheToken(error)) return null;
      throw googleUnreachable(error);
    }
  }
}

/** False for what went wrong while fetching the keys: no answer, an unexpected one, or no key set in it. */
function isAboutTheToken(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return !['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code);
}
