import { formatPrincipalChange, parsePrincipalChange } from './principal-change.js';

describe('principal change', () => {
  it.each([{ userId: 12 }, { keyId: 2_147_483_647 }])('survives the way through Postgres: %j', (change) => {
    expect(parsePrincipalChange(formatPrincipalChange(change))).toEqual(change);
  });

  it.each(['', 'user:', 'user:-1', 'account:1', '{"userId":1}', 'user:1 '])('does not understand %j', (payload) => {
    expect(parsePrincipalChange(payload)).toBeNull();
  });
});
