import { displayPrefix, generateKey, hashKey, hasKeyPrefix, isWellFormedKey, KEY_PREFIXES } from './api-key-format.js';

describe('API key format', () => {
  it.each(KEY_PREFIXES)('makes well-formed keys that begin with %s', (prefix) => {
    const key = generateKey(prefix);
    expect(key).toMatch(/^.{3}[0-9A-Za-z]{49}$/);
    expect(key.startsWith(prefix)).toBe(true);
    expect(hasKeyPrefix(key)).toBe(true);
    expect(isWellFormedKey(key)).toBe(true);
  });

  it('never makes the same key twice', () => {
    const keys = new Set(Array.from({ length: 1_000 }, () => generateKey('gh_')));
    expect(keys.size).toBe(1_000);
  });

  it('uses every character of the alphabet', () => {
    const characters = new Set(Array.from({ length: 200 }, () => generateKey('gh_').slice(3, 46)).join(''));
    expect(characters.size).toBe(62);
  });

  it('notices a single wrong character anywhere', () => {
    const key = generateKey('sk-');
    for (let position = 3; position < key.length; position += 1) {
      const wrong = key.charAt(position) === 'x' ? 'y' : 'x';
      expect(isWellFormedKey(key.slice(0, position) + wrong + key.slice(position + 1))).toBe(false);
    }
  });

  it('notices a prefix that was exchanged, two swapped characters and a missing one', () => {
    const key = generateKey('gh_');
    const at = [...key].findIndex((character, index) => index > 3 && character !== key.charAt(index + 1));
    const swapped = key.slice(0, at) + key.charAt(at + 1) + key.charAt(at) + key.slice(at + 2);
    expect(isWellFormedKey(`ai_${key.slice(3)}`)).toBe(false);
    expect(isWellFormedKey(swapped)).toBe(false);
    expect(isWellFormedKey(key.slice(0, -1))).toBe(false);
  });

  it.each(['', 'gh_', 'sk-proj-abcdef', 'eyJhbGciOiJIUzI1NiJ9.e30.x', `gh_${'é'.repeat(49)}`])('refuses %j', (text) => {
    expect(isWellFormedKey(text)).toBe(false);
  });

  it('hashes with SHA-256 and shows eight characters', () => {
    expect(hashKey('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(displayPrefix('gh_0123456789')).toBe('gh_01234');
  });
});
