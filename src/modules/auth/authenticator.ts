import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../common/principal.js';
import { BlockedAccountError } from '../users/principals/blocked-account-error.js';
import { presentedCredentials } from './credential-reader.js';
import type { PresentedCredential } from './credential-reader.js';
import { assertPlausible, notRecognised, refusal } from './plausible-credentials.js';
import { AccessTokenStrategy } from './strategies/access-token.strategy.js';
import { BearerKeyStrategy } from './strategies/bearer-key.strategy.js';
import { HeaderKeyStrategy } from './strategies/header-key.strategy.js';
import { runStrategy } from './strategies/run-strategy.js';

/** Names the principal of a request, or refuses it. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly accessToken: AccessTokenStrategy,
    private readonly bearerKey: BearerKeyStrategy,
    private readonly headerKey: HeaderKeyStrategy,
  ) {}

  /**
   * The principal of one of the `accepted` kinds. Every credential in the request has to be good, and all have to name
   * one account. With `allowsBlocked` a blocked account is let in. Throws 401 with a challenge, 403 for an account that is shut out, 503 when nobody can tell.
   */
  async authenticate(
    request: FastifyRequest,
    accepted: readonly Principal['kind'][],
    allowsBlocked = false,
  ): Promise<Principal> {
    const presented = presentedCredentials(request.headers);
    assertPlausible(presented, accepted);
    const principals: Principal[] = [];
    for (const credential of presented) {
      principals.push(await this.judge(request, credential, accepted, allowsBlocked));
    }
    if (isTwoKeys(presented) || principals.some((principal) => principal.userId !== principals[0]?.userId)) {
      throw refusal(accepted, 'X-API-Key and Authorization hold different credentials: send one of them');
    }
    const chosen = principals.find((principal) => accepted.includes(principal.kind));
    if (chosen === undefined) {
      throw refusal(accepted, 'Authentication required');
    }
    return chosen;
  }

  private async judge(
    request: FastifyRequest,
    credential: PresentedCredential,
    accepted: readonly Principal['kind'][],
    allowsBlocked: boolean,
  ): Promise<Principal> {
    const principal = await this.principalOf(request, credential, allowsBlocked);
    if (principal === null) {
      throw notRecognised(credential, accepted);
    }
    return principal;
  }

  private async principalOf(
    request: FastifyRequest,
    credential: PresentedCredential,
    allowsBlocked: boolean,
  ): Promise<Principal | null> {
    try {
      return await runStrategy<Principal>(this.strategyFor(credential), request);
    } catch (error) {
      if (allowsBlocked && error instanceof BlockedAccountError && error.principal !== null) return error.principal;
      throw error;
    }
  }

  private strategyFor(credential: PresentedCredential): AccessTokenStrategy | BearerKeyStrategy | HeaderKeyStrategy {
    if (credential.kind === 'jwt') {
      return this.accessToken;
    }
    return credential.header === 'x-api-key' ? this.headerKey : this.bearerKey;
  }
}

function isTwoKeys(presented: readonly PresentedCredential[]): boolean {
  return presented.length > 1 && presented.every((credential) => credential.kind === 'key');
}
