import { createHash, randomBytes } from 'node:crypto';

const PREFIX = 'gr_';
const SECRET_BYTES = 32;

/** A refresh token: 256 random bits, recognisable in a leak by its prefix, meaningless as an access token. */
export function generateRefreshToken(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

/** SHA-256, 32 bytes: all that is stored. */
export function hashRefreshToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
