import { createHmac } from 'node:crypto';

/** The same event may arrive more than once: whoever has seen its id drops it. */
export const EVENT_ID_HEADER = 'x-gatehouse-event-id';
/** Seconds since 1970 at the sending; a receiver refuses what is older than a few minutes. */
export const TIMESTAMP_HEADER = 'x-gatehouse-timestamp';
/** `v1=` and the signature. */
export const SIGNATURE_HEADER = 'x-gatehouse-signature';

/** HMAC-SHA256 over `<timestamp>.<body>` in hex, so that neither can be changed or sent again later. */
export function signatureOf(secret: string, timestampSeconds: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestampSeconds}.${body}`).digest('hex')}`;
}

/** The headers that one attempt goes out with. */
export function signedHeaders(
  secret: string,
  eventId: string,
  timestampSeconds: number,
  body: string,
): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'gatehouse',
    [EVENT_ID_HEADER]: eventId,
    [TIMESTAMP_HEADER]: String(timestampSeconds),
    [SIGNATURE_HEADER]: signatureOf(secret, timestampSeconds, body),
  };
}
