import type { GoogleIdentity } from '../../users/google-identity.js';
import { isPlainText } from '../../users/validation/is-plain-text.decorator.js';
import type { Claims } from './google-endpoints.js';

export const GOOGLE_ISSUERS = ['accounts.google.com', 'https://accounts.google.com'];

const LONGEST_SUB = 255;
const LONGEST_EMAIL = 254;
const LONGEST_NAME = 255;
const LONGEST_URL = 2_048;

/** What tokeninfo says of a good token. */
export interface JudgedToken {
  readonly sub: string;
  readonly email: string;
  readonly expiresAtMs: number;
}

/**
 * Whether an access token was issued to us, for a person with a verified e-mail address, and still counts. Null when
 * any of it is wrong or missing. Google writes numbers and booleans as strings here.
 */
export function judgeTokenInfo(claims: Claims, clientId: string, nowMs: number): JudgedToken | null {
  const expiresAtMs = expiryOf(claims, nowMs);
  const person = verifiedPerson(claims);
  if (person === null || expiresAtMs === null || expiresAtMs <= nowMs || !isForClient(claims, clientId)) {
    return null;
  }
  return { ...person, expiresAtMs };
}

/** `aud` is ours, and so is `azp` where there is one: a token that another application got is no use here. */
export function isForClient(claims: Claims, clientId: string): boolean {
  return claims['aud'] === clientId && (claims['azp'] === undefined || claims['azp'] === clientId);
}

/** Null without a `sub` or a verified address, or when the claims name somebody else than Google as their issuer. */
export function verifiedPerson(claims: Claims): { sub: string; email: string } | null {
  const { sub, email, email_verified: verified, iss } = claims;
  const isGoogles = iss === undefined || (typeof iss === 'string' && GOOGLE_ISSUERS.includes(iss));
  if (!isGoogles || (verified !== true && verified !== 'true') || !isFilled(sub, LONGEST_SUB)) {
    return null;
  }
  return isFilled(email, LONGEST_EMAIL) && email.includes('@') ? { sub, email } : null;
}

/** The person with the name and picture of `profile`, as far as they are fit to be shown. */
export function identityOf(person: { sub: string; email: string }, profile: Claims): GoogleIdentity {
  const { name, picture } = profile;
  return {
    sub: person.sub,
    email: person.email,
    name: isFilled(name, LONGEST_NAME) ? name : null,
    pictureUrl: isFilled(picture, LONGEST_URL) && /^https?:\/\//.test(picture) ? picture : null,
  };
}

/** `exp` (Unix seconds) and `expires_in` (seconds) have to agree that there is time left; the earlier one counts. */
function expiryOf(claims: Claims, nowMs: number): number | null {
  const expiries = [
    ...(claims['exp'] === undefined ? [] : [seconds(claims['exp']) * 1_000]),
    ...(claims['expires_in'] === undefined ? [] : [nowMs + seconds(claims['expires_in']) * 1_000]),
  ];
  const earliest = Math.min(...expiries);
  return expiries.length === 0 || Number.isNaN(earliest) ? null : earliest;
}

function seconds(value: unknown): number {
  if (typeof value === 'number') return Number.isFinite(value) ? value : NaN;
  return typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : NaN;
}

function isFilled(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest && isPlainText(value);
}
