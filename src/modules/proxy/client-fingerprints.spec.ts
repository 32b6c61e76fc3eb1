import type { Config } from '../../config/config.js';
import { ClientFingerprints, networkOf, programOf } from './client-fingerprints.js';

const fingerprints = (secret = 'a-secret-of-the-tests') =>
  new ClientFingerprints({ auth: { jwtSecret: secret } } as Config);

const OPENAI = 'OpenAI/JS 6.49.0';

describe('ClientFingerprints', () => {
  it('gives the same client the same name, in every process with the secret', () => {
    const name = fingerprints().of(7, '203.0.113.9', OPENAI);
    expect(fingerprints().of(7, '203.0.113.9', OPENAI)).toBe(name);
    expect(fingerprints().of(7, '203.0.113.200', 'OpenAI/Python 2.0')).toBe(name);
  });

  it('tells networks and programs apart, and says nothing across accounts', () => {
    const clients = fingerprints();
    const names = [
      clients.of(7, '203.0.113.9', OPENAI),
      clients.of(7, '203.0.114.9', OPENAI),
      clients.of(7, '203.0.113.9', 'curl/8.5.0'),
      clients.of(7, '203.0.113.9', undefined),
      clients.of(8, '203.0.113.9', OPENAI),
      fingerprints('another-secret').of(7, '203.0.113.9', OPENAI),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w-]{16}$/);
  });

  it('goes on when more clients come than it remembers', () => {
    const clients = fingerprints();
    const first = clients.of(1, '192.0.2.1', OPENAI);
    for (let user = 2; user < 25_000; user += 1) clients.of(user, '192.0.2.1', OPENAI);
    expect(clients.of(1, '192.0.2.1', OPENAI)).toBe(first);
  });
});

describe('networkOf', () => {
  it.each([
    ['203.0.113.9', '203.0.113'],
    ['::ffff:203.0.113.9', '203.0.113'],
    ['2001:db8:12:34::1', '2001:db8:12'],
    ['2001:0DB8:0012:ffff:1:2:3:4', '2001:db8:12'],
    ['2001:db8::1', '2001:db8:0'],
    ['::1', '0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0'],
    ['nonsense', ''],
    ['', ''],
  ])('%s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('programOf', () => {
  it.each([
    ['OpenAI/Python 1.2', 'openai'],
    ['Mozilla/5.0 (X11; Linux) Firefox/140', 'mozilla'],
    ['curl', 'curl'],
    ['', ''],
    [undefined, ''],
  ])('%s is %s', (userAgent, program) => {
    expect(programOf(userAgent)).toBe(program);
  });

  it('is never long', () => {
    expect(programOf('x'.repeat(10_000))).toBe('x'.repeat(32));
  });
});
