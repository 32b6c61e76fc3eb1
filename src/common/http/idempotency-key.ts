import { invalidRequest } from '../errors/errors.js';

const USABLE_KEY = /^[\x21-\x7e]{1,255}$/;

/** @throws DomainError 400 for a key that nobody should rely on */
export function assertUsableKey(key: string): void {
  if (USABLE_KEY.test(key)) return;
  throw invalidRequest('Idempotency-Key must have 1 to 255 printable ASCII characters without spaces.', {
    code: 'invalid_idempotency_key',
    param: 'Idempotency-Key',
  });
}

/** The key of a request, null where it has none. */
export function usableKeyOf(header: string | undefined): string | null {
  if (header === undefined) return null;
  assertUsableKey(header);
  return header;
}
