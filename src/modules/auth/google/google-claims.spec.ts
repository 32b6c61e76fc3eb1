import { identityOf, judgeTokenInfo } from './google-claims.js';

const NOW_MS = 1_700_000_000_000;
const GOOD = {
  aud: 'ours',
  azp: 'ours',
  sub: '1234567890',
  email: 'someone@example.com',
  email_verified: 'true',
  exp: String(NOW_MS / 1000 + 3_600),
  expires_in: '3600',
};

describe('judgeTokenInfo', () => {
  const judge = (change: Record<string, unknown>) => judgeTokenInfo({ ...GOOD, ...change }, 'ours', NOW_MS);

  it.each([
    ['as Google writes it', {}],
    ['with a boolean and numbers', { email_verified: true, exp: NOW_MS / 1000 + 3_600, expires_in: 3_600 }],
    ['without azp', { azp: undefined }],
    ['with one of the two expiries', { expires_in: undefined }],
    ['with Google as its issuer', { iss: 'https://accounts.google.com' }],
  ])('accepts a good token %s', (_name, change) => {
    expect(judge(change)).toEqual({
      sub: '1234567890',
      email: 'someone@example.com',
      expiresAtMs: NOW_MS + 3_600_000,
    });
  });

  it.each([
    ['of another audience', { aud: 'theirs' }],
    ['without an audience', { aud: undefined }],
    ['with several audiences', { aud: ['ours', 'theirs'] }],
    ['that another application got', { azp: 'theirs' }],
    ['that has expired', { exp: String(NOW_MS / 1000 - 1) }],
    ['with no time left', { expires_in: '0' }],
    ['without an expiry', { exp: undefined, expires_in: undefined }],
    ['with nonsense for an expiry', { exp: 'tomorrow' }],
    ['with infinite time', { exp: Infinity }],
    ['of an unverified address', { email_verified: 'false' }],
    ['of an address that nobody says is verified', { email_verified: undefined }],
    ['that is verified in a way of its own', { email_verified: 1 }],
    ['without sub', { sub: undefined }],
    ['with an empty sub', { sub: '' }],
    ['with a number for sub', { sub: 7 }],
    ['without an address', { email: undefined }],
    ['with something else for an address', { email: 'someone' }],
    ['of another issuer', { iss: 'https://accounts.example.com' }],
  ])('refuses a token %s', (_name, change) => {
    expect(judge(change)).toBeNull();
  });

  it('takes the earlier of two expiries', () => {
    expect(judge({ expires_in: '60' })?.expiresAtMs).toBe(NOW_MS + 60_000);
  });
});

describe('identityOf', () => {
  const person = { sub: '1', email: 'a@b' };

  it('keeps a name and a picture', () => {
    expect(identityOf(person, { name: 'Ann', picture: 'https://x.test/p.png' })).toEqual({
      ...person,
      name: 'Ann',
      pictureUrl: 'https://x.test/p.png',
    });
  });

  it('drops what is not fit to be shown', () => {
    expect(identityOf(person, { name: 'a\u0000b', picture: 'javascript:alert(1)' })).toEqual({
      ...person,
      name: null,
      pictureUrl: null,
    });
  });
});
