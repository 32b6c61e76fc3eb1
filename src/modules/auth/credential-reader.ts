import type { IncomingHttpHeaders } from 'node:http';
import { hasKeyPrefix } from '../api-keys/api-key-format.js';

/** A credential as a request presents it, told apart by its shape alone. */
export interface PresentedCredential {
  readonly kind: 'key' | 'jwt';
  readonly header: 'x-api-key' | 'authorization';
  readonly value: string;
}

const BEARER = /^bearer +(\S+) *$/i;

/** The token of `Authorization: Bearer <token>`, whatever the case of the word; null when there is none. */
export function bearerToken(authorization: string | undefined): string | null {
  return BEARER.exec(authorization ?? '')?.[1] ?? null;
}

/**
 * The credentials in the headers. `X-API-Key` holds a key. A bearer is a key when it begins like one, else a JWT. The
 * same key in both headers is one credential. Other schemes than Bearer are meant for somebody else.
 */
export function presentedCredentials(headers: IncomingHttpHeaders): PresentedCredential[] {
  const found: PresentedCredential[] = [];
  const apiKey = headers['x-api-key'];
  if (typeof apiKey === 'string' && apiKey !== '') {
    found.push({ kind: 'key', header: 'x-api-key', value: apiKey });
  }
  const bearer = bearerToken(headers.authorization);
  if (bearer !== null && bearer !== apiKey) {
    found.push({ kind: hasKeyPrefix(bearer) ? 'key' : 'jwt', header: 'authorization', value: bearer });
  }
  return found;
}
