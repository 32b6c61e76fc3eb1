import { bearerToken, presentedCredentials } from './credential-reader.js';

describe('presentedCredentials', () => {
  it('finds nothing in a request without credentials', () => {
    expect(presentedCredentials({})).toEqual([]);
    expect(presentedCredentials({ authorization: '', 'x-api-key': '' })).toEqual([]);
  });

  it.each(['gh_a', 'cb_a', 'ai_a', 'sk-a'])('takes a bearer that begins like a key for a key: %s', (value) => {
    expect(presentedCredentials({ authorization: `Bearer ${value}` })).toEqual([
      { kind: 'key', header: 'authorization', value },
    ]);
  });

  it('takes any other bearer for a JWT', () => {
    expect(presentedCredentials({ authorization: 'Bearer a.b.c' })).toEqual([
      { kind: 'jwt', header: 'authorization', value: 'a.b.c' },
    ]);
  });

  it('takes X-API-Key for a key, whatever it looks like', () => {
    expect(presentedCredentials({ 'x-api-key': 'a.b.c' })).toEqual([
      { kind: 'key', header: 'x-api-key', value: 'a.b.c' },
    ]);
  });

  it('counts the same key in both headers once, and different ones twice', () => {
    expect(presentedCredentials({ 'x-api-key': 'gh_a', authorization: 'Bearer gh_a' })).toHaveLength(1);
    expect(presentedCredentials({ 'x-api-key': 'gh_a', authorization: 'Bearer gh_b' })).toHaveLength(2);
    expect(presentedCredentials({ 'x-api-key': 'gh_a', authorization: 'Bearer a.b.c' })).toHaveLength(2);
  });

  it('leaves other schemes alone', () => {
    expect(presentedCredentials({ authorization: 'Basic YTpi' })).toEqual([]);
  });
});

describe('bearerToken', () => {
  it.each(['Bearer t', 'bearer t', 'BEARER t', 'Bearer   t  '])('reads %j', (header) => {
    expect(bearerToken(header)).toBe('t');
  });

  it.each(['Bearer', 'Bearer ', 'Bearer a b', 'Bearert', 't', undefined])('finds no token in %j', (header) => {
    expect(bearerToken(header)).toBeNull();
  });
});
