import { LEAVER, requestsTo } from './requests.mjs';

const HANG_UP_AFTER_EVENTS = 3;

/**
 * Whole answers and streams as people ask for them: of twenty requests seven are streamed, and the client of one of these hangs up.
 * @param {{keys: string[], leavers: string[]}} options `leavers` are keys of accounts whose clients hang up
 * @returns {() => {bytes: Buffer, stream: boolean, hangUpAfter?: number}} the next one, in turn
 */
export function mixedRequestsTo(target, { keys, leavers }) {
  const nextJson = requestsTo(target, { keys });
  const nextStream = requestsTo(target, { keys, stream: true });
  const nextLeaver = requestsTo(target, { keys: leavers, stream: true, user: LEAVER });
  let number = 0;
  return () => {
    number += 1;
    if (number % 20 === 0) return { ...nextLeaver(), hangUpAfter: HANG_UP_AFTER_EVENTS };
    return number % 3 === 0 ? nextStream() : nextJson();
  };
}
