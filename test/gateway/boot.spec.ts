import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { getMetadataStorage } from 'class-validator';
import { parse } from 'dotenv';
import { ConfigurationError } from '../../src/config/configuration-error.js';
import { Environment } from '../../src/config/environment.js';
import { parseEnvironment } from '../../src/config/read-environment.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { GatehouseProcess } from '../support/gatehouse-process.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

const REFUSED_WITHIN_MS = 90_000;
const SECRET_PART = 'S3cretPart';
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://gatehouse@127.0.0.1:1/none',
  JWT_SECRET_KEY: `${SECRET_PART}-0123456789-abcdefghijklmnop`,
  ADMIN_PASSWORD: `${SECRET_PART}-of-the-administrator`,
  OPENAI_API_KEY: `sk-${SECRET_PART}`,
};

/** Starts a server that is expected to refuse: one line on standard error, and a code that says so. */
async function refusal(env: Record<string, string | undefined>): Promise<string> {
  const server = await GatehouseProcess.launch({ env });
  const exit = await server.waitForExit(REFUSED_WITHIN_MS);
  expect(exit.code).toBeGreaterThan(0);
  const lines = server.output().trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(server.output()).not.toContain(SECRET_PART);
  return lines[0] ?? '';
}

describe('in production it refuses to boot', () => {
  it.concurrent.each([
    ['without a database', { DATABASE_URL: undefined }, 'DATABASE_URL'],
    ['without a secret for its tokens', { JWT_SECRET_KEY: undefined }, 'JWT_SECRET_KEY'],
    ['with a short secret', { JWT_SECRET_KEY: SECRET_PART }, 'JWT_SECRET_KEY'],
    ['with a monotonous secret', { JWT_SECRET_KEY: 'ab'.repeat(40) }, 'JWT_SECRET_KEY'],
    ['with the password that everybody knows', { ADMIN_PASSWORD: 'admin123' }, 'ADMIN_PASSWORD'],
    ['with a password that many people choose', { ADMIN_PASSWORD: 'Qwertyuiop' }, 'ADMIN_PASSWORD'],
    ['with mail whose links lead nowhere', { SMTP_URL: 'smtp://mail.test', MAIL_FROM: 'a@b.test' }, 'PUBLIC_URL'],
    ['with nothing but the simulator', { OPENAI_API_KEY: undefined }, 'OPENAI_API_KEY'],
  ])('%s', async (_name, change, variable) => {
    const line = await refusal({ ...PRODUCTION, ...change });
    expect(line).toContain(variable);
    for (const value of Object.values(change)) if (value !== undefined) expect(line).not.toContain(value);
  });
});

describe('anywhere it refuses to boot', () => {
  const elsewhere = {
    DATABASE_URL: PRODUCTION.DATABASE_URL,
    REDIS_URL: 'none',
    JWT_SECRET_KEY: PRODUCTION.JWT_SECRET_KEY,
  };

  it.concurrent.each([
    ['NODE_ENV', 'staging'],
    ['ADMIN_EMAIL', `not-an-address-${SECRET_PART}`],
    ['TRUSTED_PROXIES', `nonsense-${SECRET_PART}`],
    ['DATABASE_URL', `mysql://gatehouse:${SECRET_PART}@127.0.0.1/db`],
    ['DATABASE_URL', `postgresql://gatehouse:${SECRET_PART}@127.0.0.1:1/db`],
    ['SMTP_URL', `smtp://gate:${SECRET_PART}@127.0.0.1?logger=true`],
    ['SMTP_URL', `smtp://gate:${SECRET_PART}-without-MAIL_FROM@127.0.0.1`],
    ['REDIS_URL', `amqp://gatehouse:${SECRET_PART}@127.0.0.1/`],
  ])('when %s is %s', async (variable, value) => {
    const line = await refusal({ ...elsewhere, [variable]: value });
    expect(line).toContain(variable);
    expect(line).not.toContain(value);
  });

  it('when somebody else has the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    expect(await refusal({ ...elsewhere, PORT: port })).toContain(port);
    other.close();
  });
});

describe('the configuration', () => {
  it.each([
    ['ROLE', 'everything'],
    ['PORT', '70000'],
    ['PORT', 'eighty'],
    ['HOLD_LEASE_SECONDS', '1'],
    ['HOLD_LEASE_SECONDS', '2.5'],
    ['OPENAI_BASE_URL', 'not-a-url'],
    ['OPENAI_BASE_URL', 'file:///etc/passwd'],
    ['ADMIN_PASSWORD', 'short'],
    ['SMTP_URL', 'http://mail.example.com'],
    ['MAIL_FROM', 'nobody'],
    ['PUBLIC_URL', 'llm.example.com'],
    ['RATE_LIMIT_PER_MINUTE', 'ten'],
    ['RATE_LIMIT_PER_MINUTE', '0'],
    ['DOCS_ENABLED', 'maybe'],
    ['LOG_LEVEL', 'loud'],
    ['DEVIATION_THRESHOLD', 'NaN'],
    ['WARNING_THRESHOLD', '-1'],
    ['BODY_LIMIT_BYTES', '10MB'],
  ])('does not take %s=%s', (variable, value) => {
    const parsed = (): unknown => parseEnvironment({ [variable]: value });
    expect(parsed).toThrow(ConfigurationError);
    expect(parsed).toThrow(variable);
    expect(parsed).not.toThrow(value);
  });

  it('takes an empty value for none, and does not mind the names of others', () => {
    expect(parseEnvironment({ PORT: '', DATABASE_URL: ' ', NOT_OURS: 'x' })).toEqual(parseEnvironment({}));
  });
});

it('boots in production when all is set: structured logs, no docs, no demo key, registration closed', async () => {
  const databaseUrl = await createDatabase();
  const server = await GatehouseProcess.start({ env: { ...PRODUCTION, DATABASE_URL: databaseUrl } });
  const status = async (path: string, init?: RequestInit): Promise<number> =>
    (await fetch(`${server.url}${path}`, init)).status;
  expect(await status('/health/ready')).toBe(200);
  expect(await status('/docs-json')).toBe(404);
  const registration = { username: 'somebody', email: 'a@b.test', password: 'correct horse battery' };
  const headers = { 'content-type': 'application/json' };
  expect(await status('/api/auth/register', { method: 'POST', headers, body: JSON.stringify(registration) })).toBe(403);
  await server.stop();
  const output = server.output();
  expect(output).not.toContain(SECRET_PART);
  expect(output).not.toMatch(/gh_\w{20}/);
  const logged = output.split('\n').filter((line) => line.startsWith('{'));
  expect(logged.length).toBeGreaterThan(0);
  for (const line of logged)
    expect(Object.keys(JSON.parse(line) as object)).toEqual(expect.arrayContaining(['level', 'time', 'msg']));
  await dropDatabase(databaseUrl);
});

describe('asked to stop', () => {
  let gateway: Gateway;

  beforeEach(async () => {
    gateway = await Gateway.start({ upstream: { chunkCount: 30, chunkDelayMs: 50, latencyMs: 1_000 } });
  });
  afterEach(() => gateway.stop());

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'twice by %s it finishes and bills what runs, takes nothing new, and exits 0',
    async (signal) => {
      const [server] = gateway.servers;
      const account = await gateway.account();
      const stream = await account.client.openStream(CHAT, chat({ stream: true }));
      const json = account.client.post(CHAT, chat());
      await stream.next();
      await gateway.upstream.received(2);
      server?.signal(signal);
      const isShut = (): Promise<boolean> =>
        fetch(`${server?.url}/health`)
          .then(() => false)
          .catch(() => true);
      await until('a server that takes nothing new', isShut, { timeoutMs: 30_000 });
      server?.signal(signal);
      expect((await stream.rest()).at(-1)).toBe('[DONE]');
      expect((await json).status).toBe(200);
      expect(await server?.waitForExit()).toEqual({ code: 0, signal: null });
      const rows = await gateway.ledgerOf(account, 2);
      expect(rows.map(({ status }) => status)).toEqual(['completed', 'completed']);
      expect(await gateway.balanced(account)).toBe(gateway.upstream.counters.totalTokens);
    },
  );
});

describe('.env.example', () => {
  const example = parse(readFileSync('.env.example'));

  it('names what is read, and nothing else', () => {
    const rules = getMetadataStorage().getTargetValidationMetadatas(Environment, '', false, false);
    const names = new Set(rules.map(({ propertyName }) => propertyName));
    expect(Object.keys(example).sort()).toEqual([...names].sort());
  });

  it('shows the defaults', () => {
    expect(parseEnvironment(example)).toEqual(parseEnvironment({}));
  });
});
