import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import type { Principal } from '../../../common/principal.js';
import { PrincipalService } from '../principal.service.js';

/** `X-API-Key: <key>`. */
@Injectable()
export class HeaderKeyStrategy extends PassportStrategy(HeaderAPIKeyStrategy, 'header-key') {
  constructor(private readonly principals: PrincipalService) {
    super({ header: 'X-API-Key', prefix: '' }, false);
  }

  async validate(key: string): Promise<Principal> {
    return this.principals.ofKey(key);
  }
}
