import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { isUUID } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-jwt';
import { Config } from '../../../config/config.js';
import { JWT_ALGORITHM, JWT_AUDIENCE, JWT_ISSUER } from '../access-claims.js';
import type { AccessClaims } from '../access-claims.js';
import { bearerToken } from '../credential-reader.js';
import { PrincipalService } from '../principal.service.js';
import type { SessionPrincipal } from '../session-principal.js';

/** `Authorization: Bearer <JWT>`: signature, algorithm, issuer, audience, expiry and type, then the session behind it. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, 'access-token') {
  constructor(
    config: Config,
    private readonly principals: PrincipalService,
  ) {
    super({
      jwtFromRequest: (request: Pick<FastifyRequest, 'headers'>) => bearerToken(request.headers.authorization),
      secretOrKey: config.auth.jwtSecret,
      algorithms: [JWT_ALGORITHM],
      issuer: JWT_ISSUER,
      audience: JWT_AUDIENCE,
      ignoreExpiration: false,
    });
  }

  /** Null for a token of ours that is not an access token. */
  async validate(claims: Partial<AccessClaims>): Promise<SessionPrincipal | null> {
    return isAccessClaims(claims) ? this.principals.ofClaims(claims) : null;
  }
}

function isAccessClaims(claims: Partial<AccessClaims>): claims is AccessClaims {
  return claims.typ === 'access' && Number.isInteger(claims.epoch) && isUUID(claims.sub) && isUUID(claims.sid);
}
