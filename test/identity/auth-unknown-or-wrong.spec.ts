import type { ApiAnswer } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';

jest.setTimeout(60_000);

const PASSWORD = 'the right password';
const ROUNDS = 25;

let gateway: Gateway;
let addresses = 0;

beforeAll(async () => {
  gateway = await Gateway.start({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => gateway.stop());

const median = (values: number[]): number =>
  values.sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

/** Every attempt comes from an address of its own, so that none is refused for coming too often. */
async function attempt(path: string, field: string, name: string): Promise<{ answer: ApiAnswer<unknown>; ms: number }> {
  addresses += 1;
  const client = gateway.client().with({ 'x-forwarded-for': `10.0.${addresses >> 8}.${addresses & 255}` });
  const startedAt = performance.now();
  const answer = await client.post(path, { [field]: name, password: 'a wrong password' });
  return { answer, ms: performance.now() - startedAt };
}

it.each([
  ['/api/auth/login', 'username'],
  ['/api/v1/auth/login', 'username'],
  ['/login', 'email'],
])('%s answers an unknown account like a wrong password, in words and in time', async (path, field) => {
  const known = `known-${field}-${path.length}@example.com`;
  expect((await gateway.client().post('/register', { email: known, password: PASSWORD })).status).toBe(200);
  const passwordless = await gateway.account();
  const [nobodys] = await gateway.books.query<{ email: string }>('SELECT email FROM users WHERE id = $1', [
    passwordless.id,
  ]);

  const names = { known, unknown: 'unknown@example.com', passwordless: nobodys?.email ?? '' };
  const timesMs: Record<string, number[]> = { known: [], unknown: [], passwordless: [] };
  const answers = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [kind, name] of Object.entries(names)) {
      const { answer, ms } = await attempt(path, field, name);
      const { 'content-length': length, 'www-authenticate': challenge } = answer.headers;
      answers.add(JSON.stringify([answer.status, answer.body, length, challenge]));
      timesMs[kind]?.push(ms);
    }
  }
  expect(answers.size).toBe(1);
  expect([...answers][0]).toContain('401');

  // Without the decoy hash an unknown account is answered many times faster. A busy machine is not.
  const medians = Object.values(timesMs).map(median);
  expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(2);
});
