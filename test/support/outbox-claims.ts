/**
 * Ends the claims on all rows that nobody handles at this moment, as if the half minute of a worker that died had gone by.
 * Rows that are locked are left alone, so that this waits for nobody.
 */
export const END_CLAIMS = `
  WITH claimed AS MATERIALIZED (SELECT id FROM outbox WHERE claimed_until > now() FOR UPDATE SKIP LOCKED)
  UPDATE outbox SET claimed_until = now() FROM claimed WHERE outbox.id = claimed.id`;

/** The same for all rows: it waits for those that somebody has locked, in the order in which everybody locks them. */
export const END_EVERY_CLAIM = `
  WITH claimed AS MATERIALIZED (SELECT id FROM outbox WHERE claimed_until > now() ORDER BY id FOR UPDATE)
  UPDATE outbox SET claimed_until = now() FROM claimed WHERE outbox.id = claimed.id`;
