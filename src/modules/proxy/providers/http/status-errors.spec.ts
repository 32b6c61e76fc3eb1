import { renderError } from '../../../../common/errors/render-error.js';
import { statusError } from './status-errors.js';

const SECRET = 'sk-UPSTREAM-SECRET';
const bodyWith = (error: object) => Buffer.from(JSON.stringify({ error: { message: SECRET, ...error } }));

function rendered(status: number, headers = {}, body = bodyWith({})) {
  return renderError(statusError(status, headers, body), 'openai');
}

describe('statusError', () => {
  it.each([
    [400, 400, 'upstream_bad_request'],
    [401, 502, 'upstream_auth_failed'],
    [403, 502, 'upstream_auth_failed'],
    [404, 404, 'upstream_not_found'],
    [408, 504, 'upstream_timeout'],
    [413, 413, 'upstream_request_too_large'],
    [422, 422, 'upstream_unprocessable'],
    [429, 429, 'upstream_rate_limited'],
    [500, 502, 'upstream_error'],
    [301, 502, 'upstream_error'],
    [503, 503, 'upstream_unavailable'],
    [504, 504, 'upstream_timeout'],
  ])('makes of %i a %i with code %s', (status, ours, code) => {
    const { status: shown, body } = rendered(status);
    expect({ shown, code: (body.error as { code: string }).code }).toEqual({ shown: ours, code });
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  it('passes a code that tells the client what to change, with our text', () => {
    const { body } = rendered(400, {}, bodyWith({ code: 'context_length_exceeded' }));
    expect(body).toMatchObject({ error: { code: 'context_length_exceeded' } });
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  it.each([SECRET, 'constructor', '__proto__', 7])('does not pass the unknown code %j', (code) => {
    expect(rendered(400, {}, bodyWith({ code })).body).toMatchObject({ error: { code: 'upstream_bad_request' } });
  });

  it.each(['<html>', '', 'null', '[]', '{"error":"x"}'])('copes with the body %j', (body) => {
    expect(rendered(400, {}, Buffer.from(body)).status).toBe(400);
  });

  it.each([
    ['7', '7'],
    ['0', '1'],
    ['999999', '3600'],
    ['soon', '5'],
    [undefined, '5'],
  ])('turns Retry-After %j into %s seconds', (given, seconds) => {
    expect(rendered(429, given === undefined ? {} : { 'retry-after': given }).headers['retry-after']).toBe(seconds);
  });

  it('understands Retry-After as a date', () => {
    const date = new Date(Date.now() + 60_000).toUTCString();
    const seconds = Number(rendered(429, { 'retry-after': date }).headers['retry-after']);
    expect(seconds).toBeGreaterThan(50);
    expect(seconds).toBeLessThanOrEqual(61);
  });
});
