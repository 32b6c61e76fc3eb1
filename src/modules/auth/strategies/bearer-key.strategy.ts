import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import type { Principal } from '../../../common/principal.js';
import { bearerToken } from '../credential-reader.js';
import { PrincipalService } from '../principal.service.js';

/** `Authorization: Bearer <key>`. The library knows the scheme in one spelling only, so it is read here. */
@Injectable()
export class BearerKeyStrategy extends PassportStrategy(HeaderAPIKeyStrategy, 'bearer-key') {
  constructor(private readonly principals: PrincipalService) {
    super({ header: 'Authorization', prefix: '' }, false);
  }

  async validate(authorization: string): Promise<Principal> {
    return this.principals.ofKey(bearerToken(authorization) ?? '');
  }
}
