/** What a login hands out. */
export class SessionTokensDto {
  /** JWT for `Authorization: Bearer`. */
  access_token: string;
  /** Works once, at `/api/auth/refresh`. */
  refresh_token: string;
  token_type: 'bearer';
  /** Seconds until the access token expires. */
  expires_in: number;
}
