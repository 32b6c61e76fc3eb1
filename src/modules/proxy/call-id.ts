import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const ID_BYTES = 16;
const IDS_PER_FILL = 256;

const pool = new Uint8Array(IDS_PER_FILL * ID_BYTES);
let used = pool.length;

/**
 * A UUIDv7 with the given time. Randomness is fetched for many at once: a fetch costs as much for one as for hundreds.
 * @param nowMs Unix time in milliseconds
 */
export function newCallId(nowMs: number): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + ID_BYTES);
  used += ID_BYTES;
  return v7({ msecs: nowMs, random });
}
