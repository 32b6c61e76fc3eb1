import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../common/principal.js';
import { UNRESTRICTED } from '../../../common/principal.js';
import { Config } from '../../../config/config.js';
import { BodyTokenVerifier } from '../body-token-verifier.js';
import { invalidToken } from './google-identity.service.js';
import { GoogleLoginService } from './google-login.service.js';

/** Google's access tokens in a request's body, verified as at a login; Google's word counts for a minute. */
@Injectable()
export class GoogleBodyTokens extends BodyTokenVerifier {
  constructor(
    private readonly logins: GoogleLoginService,
    private readonly config: Config,
  ) {
    super();
  }

  override async verify(token: string): Promise<Principal> {
    // Without a client id of ours no token can have been issued for us.
    if (this.config.google.clientId === undefined) throw invalidToken();
    const account = await this.logins.accountOfToken(token, {
      kind: 'anonymous',
      userId: null,
      address: null,
      requestId: null,
    });
    return {
      kind: 'jwt',
      userId: account.id,
      userPublicId: account.publicId,
      email: account.email,
      role: account.role,
      apiKeyId: null,
      ...UNRESTRICTED,
    };
  }
}
