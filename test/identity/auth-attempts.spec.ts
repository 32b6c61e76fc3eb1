import type { ApiAnswer, ApiClient } from '../support/api-client.js';
import { ChaosProxy } from '../support/chaos-proxy.js';
import { Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const PASSWORD = 'the right password';
const PER_ACCOUNT = 10;
const PER_ADDRESS = 60;

interface Refusal {
  detail: string;
  error: string;
  code?: string;
}

let gateway: Gateway;
let database: ChaosProxy;
let names = 0;

/** The login routes, each with the field that names the account. */
const ROUTES = [
  ['/api/auth/login', 'username'],
  ['/api/v1/auth/login', 'username'],
  ['/login', 'email'],
  ['/users/login', 'email'],
] as const;

/** The way to the run's Postgres, which listens on a Unix socket, leads through the proxy. */
async function throughProxy(databaseUrl: string): Promise<string> {
  const { username, hostname, port, pathname } = new URL(databaseUrl);
  database = await ChaosProxy.start({ path: `${decodeURIComponent(hostname)}/.s.PGSQL.${port}` });
  return `postgresql://${username}@${database.host}:${database.port}${pathname}`;
}

beforeAll(async () => {
  gateway = await Gateway.start({
    replicas: 2,
    env: { TRUSTED_PROXIES: '127.0.0.1' },
    reachDatabase: throughProxy,
  });
});
afterAll(async () => {
  await gateway.stop();
  await database.stop();
});

/** A client behind the trusted proxy, at an address of its own unless one is given. */
function from(address = `203.0.113.${(names += 1)}`, server = 0): ApiClient {
  return gateway.client(server).with({ 'x-forwarded-for': address });
}

/** The address of a new account, registered from somewhere else. */
async function victim(): Promise<string> {
  const email = `victim${(names += 1)}@example.com`;
  const { status } = await from().post('/register', { email, password: PASSWORD });
  expect(status).toBe(200);
  return email;
}

const logIn = (client: ApiClient, email: string, password: string): Promise<ApiAnswer<Refusal>> =>
  client.post<Refusal>('/api/auth/login', { username: email, password });

async function guess(client: ApiClient, email: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 0; time < times; time += 1) {
    statuses.push((await logIn(client, email, `guess ${time}`)).status);
  }
  return statuses;
}

it('refuses who guesses on, on every login route and replica, and nobody else', async () => {
  const email = await victim();
  const address = '198.51.100.1';
  for (let time = 0; time < PER_ACCOUNT; time += 1) {
    const [path, field] = ROUTES[time % ROUTES.length];
    const answer = await from(address, time % 2).post(path, { [field]: email, password: `guess ${time}` });
    expect(answer.status).toBe(401);
  }
  for (const [index, [path, field]] of ROUTES.entries()) {
    const refused = await from(address, index % 2).post<Refusal>(path, { [field]: email, password: PASSWORD });
    expect([refused.status, refused.body.error, refused.body.detail]).toEqual([
      429,
      refused.body.detail,
      'Too many attempts. Please try again later.',
    ]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
  }
  expect((await logIn(from(), email, PASSWORD)).status).toBe(200);
  expect((await logIn(from(address), await victim(), PASSWORD)).status).toBe(200);
});

it('counts exactly, however many guesses come at once', async () => {
  const email = await victim();
  const address = '198.51.100.2';
  const guesses = await Promise.all(
    Array.from({ length: 40 }, (_, time) => logIn(from(address, time % 2), email, `guess ${time}`)),
  );
  const count = (wanted: number) => guesses.filter(({ status }) => status === wanted).length;
  expect([count(401), count(429)]).toEqual([PER_ACCOUNT, 40 - PER_ACCOUNT]);
});

it('knows an account in every spelling, and is not led astray by a field that the route does not read', async () => {
  const email = await victim();
  const client = from();
  for (let time = 0; time < PER_ACCOUNT; time += 1) {
    const spelling = time % 2 === 0 ? ` ${email} ` : email.toUpperCase();
    await client.post('/login', { email: spelling, username: `decoy${time}`, password: 'guess' });
  }
  expect((await client.post('/login', { email, username: 'one more', password: 'guess' })).status).toBe(429);
});

it('does not count logins that succeed, nor bodies that are no use', async () => {
  const email = await victim();
  const client = from();
  for (let time = 0; time < 2 * PER_ACCOUNT; time += 1) {
    expect((await logIn(client, email, PASSWORD)).status).toBe(200);
    expect((await client.post('/api/auth/login', { username: email, password: 7 })).status).toBe(422);
  }
  expect(await guess(client, email, PER_ACCOUNT + 1)).toEqual([...Array<number>(PER_ACCOUNT).fill(401), 429]);
});

it('limits an address that goes through many accounts', async () => {
  const address = '198.51.100.3';
  const statuses: number[] = [];
  for (let time = 0; time <= PER_ADDRESS; time += 1) {
    statuses.push((await logIn(from(address, time % 2), `nobody${time}@example.com`, 'guess')).status);
  }
  expect(statuses).toEqual([...Array<number>(PER_ADDRESS).fill(401), 429]);
  expect((await logIn(from(), await victim(), PASSWORD)).status).toBe(200);
});

it('takes a whole network of IPv6 for one address', async () => {
  const email = await victim();
  const statuses: number[] = [];
  for (let time = 0; time <= PER_ACCOUNT; time += 1) {
    statuses.push((await logIn(from(`2001:db8::${time + 1}`), email, 'guess')).status);
  }
  expect(statuses.at(-1)).toBe(429);
});

it('does not use up an address because one account is refused', async () => {
  const client = from();
  const email = await victim();
  const statuses = await guess(client, email, PER_ADDRESS + 20);
  expect(statuses.slice(PER_ACCOUNT)).toEqual(Array(PER_ADDRESS + 20 - PER_ACCOUNT).fill(429));
  expect((await logIn(client, await victim(), PASSWORD)).status).toBe(200);
});

it('lets in again when the window is over', async () => {
  const email = await victim();
  const client = from();
  await guess(client, email, PER_ACCOUNT);
  expect((await logIn(client, email, PASSWORD)).status).toBe(429);
  await gateway.books.query('UPDATE attempt_counters SET ends_at = clock_timestamp()');
  await until('the login', async () => (await logIn(client, email, PASSWORD)).status === 200, { intervalMs: 100 });
});

it('limits guesses at the current password', async () => {
  const email = await victim();
  const { body } = await from().post<{ access_token: string }>('/api/auth/login', {
    username: email,
    password: PASSWORD,
  });
  const client = from().bearer(body.access_token);
  for (let time = 0; time < PER_ACCOUNT; time += 1) {
    const wrong = { current_password: `guess ${time}`, new_password: 'another password' };
    expect((await client.post('/api/auth/change-password', wrong)).status).toBe(400);
  }
  const right = { current_password: PASSWORD, new_password: 'another password' };
  expect((await client.post('/api/v1/user/change-password', right)).status).toBe(429);
});

it('stores neither addresses nor names', async () => {
  const email = await victim();
  await guess(from(), email, 1);
  const rows = await gateway.books.query<{ key: Buffer }>('SELECT * FROM attempt_counters');
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows)
    expect([Object.keys(row).sort(), row.key.length]).toEqual([['attempts', 'ends_at', 'key'], 32]);
});

it('does not believe X-Forwarded-For of somebody who is no proxy of ours', async () => {
  const direct = gateway.client(await gateway.addServer({ TRUSTED_PROXIES: undefined }));
  const email = await victim();
  const statuses: number[] = [];
  for (let time = 0; time <= PER_ACCOUNT; time += 1) {
    const claimed = direct.with({ 'x-forwarded-for': `192.0.2.${time + 1}` });
    statuses.push((await logIn(claimed, email, 'guess')).status);
  }
  expect(statuses).toEqual([...Array<number>(PER_ACCOUNT).fill(401), 429]);
});

it('lets nobody try while attempts cannot be counted', async () => {
  const email = await victim();
  await database.set({ mode: 'refuse' });
  try {
    const answer = await logIn(from(), email, PASSWORD);
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBeDefined();
  } finally {
    await database.pass();
  }
  await until('the login', async () => (await logIn(from(), email, PASSWORD)).status === 200, { intervalMs: 100 });
});
