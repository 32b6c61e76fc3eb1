import { attemptedAccount } from './attempted-account.js';

describe('attemptedAccount', () => {
  it('reads the field that the route reads, and no other', () => {
    const request = { body: { username: 'decoy', email: 'victim@example.com' } };
    expect(attemptedAccount(request, 'email')).toBe('name victim@example.com');
  });

  it('knows an account in every spelling', () => {
    expect(attemptedAccount({ body: { email: ' Victim@Example.COM ' } }, 'email')).toBe('name victim@example.com');
  });

  it.each([undefined, null, 'text', [], {}, { email: null }, { email: 7 }, { email: ['a'] }])(
    'names nobody for the body %j',
    (body) => {
      expect(attemptedAccount({ body }, 'email')).toBeNull();
    },
  );

  it('names whoever is logged in where the body names nobody', () => {
    const user = { userId: 7 };
    expect(attemptedAccount({ body: { email: 'other' }, user }, undefined)).toBe('id 7');
    expect(attemptedAccount({ body: {} }, undefined)).toBeNull();
  });
});
