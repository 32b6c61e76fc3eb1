import { Injectable } from '@nestjs/common';
import type { Principal } from '../../../common/principal.js';
import { UNRESTRICTED } from '../../../common/principal.js';
import { BodyTokenVerifier } from '../body-token-verifier.js';
import { GoogleLoginService } from './google-login.service.js';

/** Google's access tokens in a request's body, verified as at a login; Google's word counts for a minute. */
@Injectable()
export class GoogleBodyTokens extends BodyTokenVerifier {
  constructor(private readonly logins: GoogleLoginService) {
    super();
  }

  override async verify(token: string): Promise<Principal> {
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
