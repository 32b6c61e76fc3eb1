import { invalidRequest, upstreamFailed } from '../../../common/errors/errors.js';
import { connectionError } from '../providers/http/connection-errors.js';
import { statusError } from '../providers/http/status-errors.js';
import { failureError } from '../relay/call-failure.js';
import { adviceOn } from './retry-advice.js';

const status = (code: number, headers = {}) => adviceOn(statusError(code, headers, Buffer.from('{}')));
const code = (name: string) => adviceOn(connectionError(Object.assign(new Error('x'), { code: name })));

describe('adviceOn', () => {
  it.each([400, 413, 422])('tries a request that is at fault (%i) nowhere else', (each) => {
    expect(status(each)).toMatchObject({ again: false, elsewhere: false, ailing: false });
  });

  it.each([500, 502, 503, 504, 529])('tries again after %i, and counts it', (each) => {
    expect(status(each)).toMatchObject({ again: true, blamesKey: false, elsewhere: true, ailing: true });
  });

  it('tries again after 429 once the upstream allows, which is no sign of ailing', () => {
    expect(status(429, { 'retry-after': '3' })).toEqual({
      again: true,
      blamesKey: true,
      waitMs: 3_000,
      elsewhere: true,
      ailing: false,
    });
    expect(status(429, { 'retry-after-ms': '40', 'retry-after': '3' }).waitMs).toBe(40);
    expect(status(429, { 'retry-after': 'soon' }).waitMs).toBe(500);
  });

  it.each([401, 403])('blames the key for %i', (each) => {
    expect(status(each)).toMatchObject({ again: false, blamesKey: true, elsewhere: true, ailing: true });
  });

  it.each([301, 404, 408])('asks another target after %i', (each) => {
    expect(status(each)).toMatchObject({ again: false, blamesKey: false, elsewhere: true });
  });

  it('tries again when no connection stood, and not when one broke or was silent', () => {
    expect(code('ECONNREFUSED')).toMatchObject({ again: true, elsewhere: true, ailing: true });
    expect(code('UND_ERR_CONNECT_TIMEOUT')).toMatchObject({ again: true, elsewhere: true, ailing: true });
    expect(code('ECONNRESET')).toMatchObject({ again: false, elsewhere: true, ailing: true });
    expect(code('UND_ERR_HEADERS_TIMEOUT')).toMatchObject({ again: false, elsewhere: true, ailing: true });
    expect(adviceOn(failureError('truncated'))).toMatchObject({ again: false, elsewhere: true, ailing: true });
  });

  it('leaves what is not the upstream to others', () => {
    expect(adviceOn(failureError('lease_lost')).elsewhere).toBe(false);
    expect(adviceOn(invalidRequest('no')).elsewhere).toBe(false);
    expect(adviceOn(upstreamFailed('no')).again).toBe(false);
  });
});
