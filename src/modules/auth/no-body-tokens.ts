import { Injectable } from '@nestjs/common';
import { unauthenticated } from '../../common/errors/errors.js';
import type { Principal } from '../../common/principal.js';
import { BodyTokenVerifier } from './body-token-verifier.js';

/** No issuer of such tokens is configured, so none is good. */
@Injectable()
export class NoBodyTokens extends BodyTokenVerifier {
  override async verify(): Promise<Principal> {
    throw unauthenticated('Invalid access token', { code: 'invalid_token' });
  }
}
