/** What an access token says. Roles and blocks are never in it: they are read from the database. */
export interface AccessClaims {
  /** UUID of the account. */
  readonly sub: string;
  readonly typ: 'access';
  /** The account's session epoch at the login: once the account's is higher, the token is void. */
  readonly epoch: number;
  /** UUID of the session: the family of refresh tokens that began with the login. */
  readonly sid: string;
}

export const JWT_ALGORITHM = 'HS256';
export const JWT_ISSUER = 'gatehouse';
export const JWT_AUDIENCE = 'gatehouse-api';
export const ACCESS_TOKEN_SECONDS = 3_600;
