import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigFile } from '../support/config-file.js';
import { FakeUpstream } from '../support/fake-upstream.js';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';

jest.setTimeout(60_000);

const PROBE_INTERVAL_MS = 1_500;
const MODEL = 'fallback-model';
const STREAM = chat({ model: MODEL, stream: true });

interface BilledRow {
  provider: string;
  upstream_model: string;
  cost: number;
  status: string;
}

let gateway: Gateway;
let second: FakeUpstream;
let config: ConfigFile;
let account: TestAccount;

/** A route over both upstreams; the second costs ten times as much. */
const yamlFor = (first: string, other: string) => `
providers:
  first: { kind: openai, base_url: "${first}", api_keys: [key-a, key-b] }
  second: { kind: openai, base_url: "${other}", api_keys: [key-2], headers: { X-Team: tests } }
models:
  ${MODEL}:
    aliases: [other-name]
    max_completion_tokens: 40
    targets:
      - { provider: first, model: first-model, price: { input: 1, output: 2 } }
      - { provider: second, model: second-model, price: { input: 10, output: 20 } }
  weighted-model:
    price: { input: 1, output: 1 }
    targets:
      - { provider: first, weight: 1 }
      - { provider: second, weight: 3 }
`;

beforeAll(async () => {
  second = await FakeUpstream.start();
  config = await ConfigFile.create('{}');
  gateway = await Gateway.start({
    env: { GATEHOUSE_CONFIG: config.path, UPSTREAM_PROBE_INTERVAL_MS: String(PROBE_INTERVAL_MS) },
  });
});
beforeEach(async () => {
  gateway.upstream.reset();
  second.reset();
  account = await gateway.account({ day: 1_000_000 });
  // Other providers are new ones: their breakers are closed and their keys rested.
  await reload(
    yamlFor(gateway.upstream.url, second.url).concat(`# ${account.id}\n`).replaceAll('key-', `key-${account.id}-`),
  );
});
afterAll(async () => {
  await gateway.stop();
  await second.stop();
  await config.remove();
});

async function reload(yaml: string): Promise<void> {
  const [server] = gateway.servers;
  const count = () => server?.output().split('read again').length ?? 0;
  const before = count();
  await config.write(yaml);
  server?.signal('SIGHUP');
  while (count() === before) await sleep(5);
}

async function bills(): Promise<BilledRow[]> {
  return gateway.books.query<BilledRow>(
    `SELECT provider, upstream_model, cost_nano_usd::int AS cost, status FROM ledger WHERE user_id = $1 ORDER BY admitted_at`,
    [account.id],
  );
}

describe('fallback', () => {
  it.each([
    ['answers 500', { kind: 'status', status: 500 }, 2],
    ['answers 429', { kind: 'status', status: 429 }, 2],
    ['does not know the model', { kind: 'status', status: 404 }, 1],
    ['refuses the connection it had', { kind: 'reset' }, 1],
    ['answers HTML', { kind: 'html', status: 200 }, 1],
    ['breaks off before its first content', { kind: 'malformed', afterChunks: 0 }, 1],
  ] as const)('gets the answer of the second target when the first %s', async (_name, fault, attempts) => {
    gateway.upstream.behave({ fault });
    expect((await account.client.post(CHAT, chat({ model: MODEL }))).status).toBe(200);
    const stream = await account.client.openStream(CHAT, STREAM);
    expect((await stream.rest()).at(-1)).toBe('[DONE]');
    expect(second.counters).toMatchObject({ requests: 2, completed: 2 });
    expect(gateway.upstream.counters.requests).toBe(2 * attempts);
    expect(second.lastRequest?.json).toMatchObject({ model: 'second-model', max_tokens: 40 });
    expect(second.lastRequest?.headers['x-team']).toBe('tests');

    await gateway.ledgerOf(account, 2);
    const { promptTokens, completionTokens, totalTokens } = second.counters;
    const rows = await bills();
    for (const row of rows) {
      expect(row).toMatchObject({ provider: 'second', upstream_model: 'second-model', status: 'completed' });
    }
    expect(rows.reduce((sum, { cost }) => sum + cost, 0)).toBe(promptTokens * 10_000 + completionTokens * 20_000);
    expect(await gateway.balanced(account)).toBe(totalTokens);
  });

  it('is not asked when the request itself is at fault', async () => {
    gateway.upstream.behave({ fault: { kind: 'status', status: 400 } });
    expect((await account.client.post(CHAT, chat({ model: MODEL }))).status).toBe(400);
    expect(second.counters.requests).toBe(0);
  });

  it('ends with the error of the last target, and bills nothing, when all fail', async () => {
    gateway.upstream.behave({ fault: { kind: 'status', status: 500 } });
    second.behave({ fault: { kind: 'status', status: 503 } });
    const { status, body } = await account.client.post(CHAT, chat({ model: 'other-name' }));
    expect({ status, body }).toMatchObject({ status: 503, body: { error: { code: 'upstream_unavailable' } } });
    expect(await gateway.balanced(account)).toBe(0);
  });

  it('never costs more than was held: the hold is reckoned with the dearest target', async () => {
    gateway.upstream.behave({ fault: { kind: 'status', status: 500 } });
    second.behave({ completionTokens: 'max_tokens' });
    const gate = second.gate();
    const answer = account.client.post(CHAT, chat({ model: MODEL }));
    await gate.waiting(1);
    const [hold] = await gateway.books.query<{ cost: number }>(
      'SELECT cost_held_nano_usd::int AS cost FROM holds WHERE user_id = $1',
      [account.id],
    );
    gate.release();
    expect((await answer).status).toBe(200);
    await gateway.ledgerOf(account, 1);
    const [bill] = await bills();
    expect(bill?.cost).toBeGreaterThan(0);
    expect(bill?.cost).toBeLessThanOrEqual(hold?.cost ?? 0);
  });

  it('shares calls by weight', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => account.client.post(CHAT, chat({ model: 'weighted-model' }))),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(gateway.upstream.counters.requests + second.counters.requests).toBe(200);
    expect(second.counters.requests).toBeGreaterThan(110);
    expect(gateway.upstream.counters.requests).toBeGreaterThan(15);
  });
});

describe('the breaker', () => {
  it('lets a target that is down be tried once per probe interval, and takes it back when it answers', async () => {
    gateway.upstream.behave({ fault: { kind: 'status', status: 500 } });
    const call = async () => expect((await account.client.post(CHAT, chat({ model: MODEL }))).status).toBe(200);
    for (let calls = 0; calls < 3; calls += 1) await call();
    const opened = Date.now();
    const triesToOpen = gateway.upstream.counters.requests;
    expect(triesToOpen).toBe(5);

    await Promise.all(Array.from({ length: 60 }, call));
    while (Date.now() < opened + 2.5 * PROBE_INTERVAL_MS) {
      await Promise.all(Array.from({ length: 10 }, call));
      await sleep(50);
    }
    const probes = gateway.upstream.requests.slice(triesToOpen).map(({ receivedAt }) => receivedAt);
    expect(probes.length).toBeGreaterThanOrEqual(1);
    expect(probes.length).toBeLessThanOrEqual(Math.floor((Date.now() - opened) / PROBE_INTERVAL_MS) + 1);
    probes.slice(1).forEach((at, index) => expect(at - (probes[index] ?? 0)).toBeGreaterThan(PROBE_INTERVAL_MS - 100));

    gateway.upstream.behave({ fault: undefined });
    await sleep(PROBE_INTERVAL_MS);
    await call();
    const before = second.counters.requests;
    for (let calls = 0; calls < 3; calls += 1) await call();
    expect(second.counters.requests).toBe(before);
  });

  it('never keeps the only target of a route from being tried', async () => {
    gateway.upstream.behave({ fault: { kind: 'status', status: 503, retryAfter: '60' } });
    for (let calls = 0; calls < 8; calls += 1) {
      expect((await account.client.post(CHAT, chat())).status).toBe(503);
    }
    expect(gateway.upstream.counters.requests).toBe(8);
  });
});

describe('the keys of a provider', () => {
  it('are used in turn', async () => {
    for (let calls = 0; calls < 4; calls += 1) await account.client.post(CHAT, chat({ model: MODEL }));
    const used = gateway.upstream.requests.map(({ headers }) => headers.authorization);
    expect(used).toHaveLength(4);
    expect(new Set(used).size).toBe(2);
    expect(used[0]).toBe(used[2]);
  });

  it('rest after a refusal, and the other one is used at once', async () => {
    gateway.upstream.behave(({ headers }) => ({
      fault: headers.authorization?.endsWith('-a') === true ? { kind: 'status', status: 401 } : undefined,
    }));
    for (let calls = 0; calls < 5; calls += 1) {
      expect((await account.client.post(CHAT, chat({ model: MODEL }))).status).toBe(200);
    }
    expect(gateway.upstream.counters).toMatchObject({ requests: 6, completed: 5 });
    expect(second.counters.requests).toBe(0);
  });

  it('are never logged', () => {
    expect(gateway.output()).not.toContain(`key-${account.id}`);
  });
});

describe('gatehouse.yaml', () => {
  it('is read again on SIGHUP without harm to calls under way', async () => {
    const gate = gateway.upstream.gate();
    const under_way = account.client.post(CHAT, chat({ model: MODEL }));
    await gate.waiting(1);
    await reload(`models:\n  new-model: { price: { input: 1, output: 1 }, targets: [{ provider: openai }] }\n`);
    expect((await account.client.post(CHAT, chat({ model: MODEL }))).status).toBe(404);
    gate.release();
    expect((await under_way).status).toBe(200);
    expect((await account.client.post(CHAT, chat({ model: 'new-model' }))).status).toBe(200);
    const { body } = await account.client.get<{ data: { id: string }[] }>('/v1/models');
    expect(body.data.map(({ id }) => id)).toContain('new-model');
    await gateway.balanced(account);
  });

  it('stays in force when the new one is bad, which the log says without a value of it', async () => {
    const [server] = gateway.servers;
    await config.write('providers:\n  first: { kind: openai, api_keys: [very secret] }\n');
    server?.signal('SIGHUP');
    while (!gateway.output().includes('stays as it was')) await sleep(5);
    expect(gateway.output()).toContain('providers.first.api_keys[0] must have visible ASCII characters only');
    expect(gateway.output()).not.toContain('very secret');
    expect((await account.client.post(CHAT, chat({ model: MODEL }))).status).toBe(200);
  });
});
