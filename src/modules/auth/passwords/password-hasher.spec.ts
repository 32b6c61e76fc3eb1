import { PasswordHasher } from './password-hasher.js';

describe('PasswordHasher', () => {
  let hasher: PasswordHasher;

  beforeAll(async () => {
    hasher = new PasswordHasher();
    await hasher.onModuleInit();
  });

  it('stores argon2id with the parameters of OWASP and a salt of its own', async () => {
    const [one, two] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
  });

  it('knows the right password and no other', async () => {
    const stored = await hasher.hash('correct horse');
    await expect(hasher.verify(stored, 'correct horse')).resolves.toBe(true);
    await expect(hasher.verify(stored, 'correct horse ')).resolves.toBe(false);
  });

  it('knows a password typed on another keyboard', async () => {
    const stored = await hasher.hash('na\u00efve caf\u00e9');
    await expect(hasher.verify(stored, 'nai\u0308ve cafe\u0301')).resolves.toBe(true);
  });

  it('lets nobody in without a stored password', async () => {
    await expect(hasher.verify(null, '')).resolves.toBe(false);
  });

  it('turns a flood away with a retryable 503', async () => {
    const flood = await Promise.allSettled(Array.from({ length: 80 }, () => hasher.verify(null, 'guess')));
    const refused = flood.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(80 - 66);
    expect(refused[0]?.reason).toMatchObject({ kind: 'unavailable', details: { retryAfterSeconds: 1 } });
  });
});
