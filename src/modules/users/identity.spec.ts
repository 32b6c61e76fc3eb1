import { isEmailAddress, mixesScripts, normaliseEmail, normaliseUsername, USERNAME_PATTERN } from './identity.js';

describe('identity', () => {
  it('gives one spelling to an e-mail address', () => {
    expect(normaliseEmail('  John.Doe@Example.COM ')).toBe('john.doe@example.com');
  });

  it('gives one spelling to a username, full-width letters included', () => {
    expect(normaliseUsername('ＪｏｈｎＤｏｅ')).toBe(normaliseUsername('johndoe'));
  });

  it('tells an e-mail address from a username by the @', () => {
    expect(isEmailAddress('john@example.com')).toBe(true);
    expect(isEmailAddress('john')).toBe(false);
  });

  it.each(['john', 'john_doe', 'John Doe', 'j.doe-1', 'Łukasz', '李小龍'])('takes the username %s', (username) => {
    expect(USERNAME_PATTERN.test(username)).toBe(true);
  });

  it.each(['john', 'Łukasz', '李小龍', '李 John', 'Иван Петров', 'Ελένη', 'иван_2', 'ｊｏｈｎ', 'μ'])(
    '%s is of one script, or of two that nobody mistakes',
    (username) => expect(mixesScripts(username)).toBe(false),
  );

  it.each(['аdmin', 'аdmin2', 'pаypal', 'jοhn', 'Иvan', 'ｊοｈｎ', 'a b с', 'gօogle'])(
    '%s mixes scripts that look alike',
    (username) => expect(mixesScripts(username)).toBe(true),
  );

  it.each([
    'john@doe',
    'john＠doe',
    ' john',
    'john ',
    'a\u0000b',
    'a\nb',
    '<b>',
    '',
    '.john',
    'a\ud800b',
    'jo\u034fhn',
    'jo\u3164hn',
    'john\ufe0f',
  ])('refuses the username %j', (username) => {
    expect(USERNAME_PATTERN.test(username)).toBe(false);
  });
});
