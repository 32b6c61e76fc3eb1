import { ConfigFile } from '../support/config-file.js';
import { FakeUpstream } from '../support/fake-upstream.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(150_000);

const PROCESSES = 2;
const CALLS = 20;

let upstream: FakeUpstream;
let gateway: Gateway;
let keyFile: ConfigFile;
let config: ConfigFile;

beforeAll(async () => {
  upstream = await FakeUpstream.start();
  keyFile = await ConfigFile.create('sk-first-secret\n');
  config = await ConfigFile.create(`
providers:
  rotated: { kind: openai, base_url: "${upstream.url}", api_key_files: ["${keyFile.path}"] }
models:
  rotated-model: { price: { input: 1, output: 1 }, targets: [{ provider: rotated }] }
`);
  // That a process is ready is said at this level.
  const env = { GATEHOUSE_CONFIG: config.path, WEB_CONCURRENCY: String(PROCESSES), LOG_LEVEL: 'debug' };
  gateway = await Gateway.start({ env });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.stop();
  await Promise.all([keyFile.remove(), config.remove()]);
});

/** Waits until every process of the cluster has written a line with this in it. */
async function everyProcessSays(text: string): Promise<void> {
  const writers = () => {
    const lines = gateway.output().split('\n');
    return new Set(lines.filter((line) => line.includes(text)).map((line) => /"pid":(\d+)/.exec(line)?.[1]));
  };
  await until(`every process says: ${text}`, () => writers().size === PROCESSES, { timeoutMs: 40_000, intervalMs: 50 });
}

it('a key that changes in its file is used by every process of a cluster after one SIGHUP, and none is logged', async () => {
  const account = await gateway.account();
  const keysUsed = async () => {
    upstream.reset();
    const calls = Array.from({ length: CALLS }, () => account.client.post(CHAT, chat({ model: 'rotated-model' })));
    for (const { status } of await Promise.all(calls)) expect(status).toBe(200);
    return new Set(upstream.requests.map(({ headers }) => headers.authorization));
  };
  await everyProcessSays('Nest application successfully started');
  expect(await keysUsed()).toEqual(new Set(['Bearer sk-first-secret']));

  await keyFile.write('sk-second-secret\n');
  expect(await keysUsed()).toEqual(new Set(['Bearer sk-first-secret']));
  gateway.servers[0]?.signal('SIGHUP');
  await everyProcessSays('read again');
  expect(await keysUsed()).toEqual(new Set(['Bearer sk-second-secret']));

  await keyFile.write('not a key\n');
  gateway.servers[0]?.signal('SIGHUP');
  await everyProcessSays('stays as it was');
  expect(await keysUsed()).toEqual(new Set(['Bearer sk-second-secret']));
  expect(gateway.servers[0]?.running).toBe(true);
  expect(gateway.output()).not.toMatch(/sk-\w+-secret|not a key/);
});
