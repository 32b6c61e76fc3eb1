import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { unauthenticated } from '../../common/errors/errors.js';
import type { AuthenticatedRequest } from '../../common/http/authenticated-request.js';
import type { KeyScope } from '../../common/key-scopes.js';
import type { Principal } from '../../common/principal.js';
import { assertAddress, assertScope } from '../api-keys/key-rights.js';
import { Authenticator } from '../auth/authenticator.js';
import { BodyTokenVerifier } from '../auth/body-token-verifier.js';
import { presentedCredentials } from '../auth/credential-reader.js';
import { isJsonObject } from './json/json-object.js';

const CHAT: readonly KeyScope[] = ['chat'];
const IN_HEADERS: readonly Principal['kind'][] = ['key', 'jwt'];

/** Lets in whoever sends a key or a JWT in the headers, an `access_token` in the body, or both for one account. */
@Injectable()
export class BodyTokenGuard implements CanActivate {
  constructor(
    @Inject(Authenticator) private readonly authenticator: Authenticator,
    @Inject(BodyTokenVerifier) private readonly verifier: BodyTokenVerifier,
  ) {}

  /** @throws DomainError 401 without a good credential, or with two that name different accounts */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const token = bodyToken(request.body);
    const inHeaders =
      presentedCredentials(request.headers).length > 0 || token === undefined
        ? await this.authenticator.authenticate(request, IN_HEADERS)
        : undefined;
    if (inHeaders !== undefined) {
      assertAddress(inHeaders, request.ip);
      assertScope(inHeaders, CHAT);
    }
    const inBody = token === undefined ? undefined : await this.verifier.verify(token);
    if (inHeaders !== undefined && inBody !== undefined && inHeaders.userId !== inBody.userId) {
      throw unauthenticated('The headers and access_token hold different credentials: send one of them', {
        code: 'invalid_token',
      });
    }
    const principal = inHeaders ?? inBody;
    if (principal === undefined) return false;
    request.user = principal;
    return true;
  }
}

function bodyToken(body: unknown): string | undefined {
  const token = isJsonObject(body) ? body.access_token : undefined;
  if (token === undefined || token === null) return undefined;
  if (typeof token === 'string' && token !== '') return token;
  throw unauthenticated('Invalid access token', { code: 'invalid_token' });
}
