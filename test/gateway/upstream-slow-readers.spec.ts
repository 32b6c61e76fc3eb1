import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DripReader } from '../support/drip-reader.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

const BYTES_PER_SECOND = 64;
const CHUNK_BYTES = 40_000;
const LARGEST_KERNEL_BUFFERS = 24_000_000;
const STALL_TIMEOUT_MS = 4_000;
/** In the kernel's list: a state, and the inode of a socket that its process has closed. */
const LISTENING = '0A';
const ORPHANED = '0';
const MOST_GROWTH_BYTES = 100_000_000;

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start({ env: { UPSTREAM_IDLE_TIMEOUT_MS: String(STALL_TIMEOUT_MS) } });
});
afterAll(() => gateway.stop());

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
}

/** Connections to a port that a process still has, as the kernel lists them. */
async function connectionsTo(port: number): Promise<number> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n').slice(1);
  return lines.filter((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return (local ?? '').endsWith(`:${hexPort}`) && state !== LISTENING && inode !== ORPHANED;
  }).length;
}

/** Tokens told for a whole stream, by the fake: one for each chunk, and its usual prompt. */
const wholeCharge = (streamBytes: number) => 25 + streamBytes / CHUNK_BYTES;

/**
 * The kernel takes in the smaller stream on behalf of some readers: for us these have read it all. The larger one fits
 * into no buffer but ours.
 */
it.each([
  [50, 5_000_000],
  [10, 40_000_000],
])(
  'holds neither memory nor connections for %i readers who take next to nothing of %i bytes, and bills what went out',
  async (readerCount, streamBytes) => {
    const { upstream } = gateway;
    const [server] = gateway.servers;
    if (server === undefined) throw new Error('no server');
    const account = await gateway.account();
    // What a server loads with its first calls is not what readers cost.
    upstream.behave({ content: 'hello', chunkCount: 1 });
    const first = await gateway.account();
    for (let turn = 0; turn < 30; turn += 1) await first.client.post(CHAT, chat());
    await until(
      'the first calls to be analysed',
      async () => (await gateway.books.query('SELECT 1 FROM outbox')).length === 0,
    );
    upstream.reset();
    upstream.behave({ content: 'x'.repeat(CHUNK_BYTES), chunkCount: streamBytes / CHUNK_BYTES });
    const call = chat({ stream: true, max_tokens: 10_000_000 });
    const before = await residentBytes(server.pid);
    const connectionsBefore = await connectionsTo(server.port);

    const url = `${gateway.client().baseUrl}${CHAT}`;
    const headers = { authorization: `Bearer ${account.key}`, connection: 'close' };
    const readers = await Promise.all(
      Array.from({ length: readerCount }, () => DripReader.post(url, call, headers, BYTES_PER_SECOND)),
    );
    await upstream.received(readerCount);
    let highest = 0;
    const startedAt = Date.now();
    while ((await connectionsTo(server.port)) > connectionsBefore) {
      if (Date.now() - startedAt > 6 * STALL_TIMEOUT_MS) throw new Error('sockets of slow readers are still open');
      highest = Math.max(highest, await residentBytes(server.pid));
      await sleep(100);
    }
    expect(highest - before).toBeLessThan(MOST_GROWTH_BYTES);
    for (const reader of readers) expect(reader.bytesRead).toBeLessThan(50 * BYTES_PER_SECOND);
    for (const reader of readers) reader.hangUp();

    await upstream.idle();
    for (const row of await gateway.ledgerOf(account, readerCount)) {
      const sent = upstream.requests.find((request) => request.headers['x-client-request-id'] === row.requestId);
      if (row.status === 'completed') {
        expect(row.promptTokens + row.completionTokens).toBe(wholeCharge(streamBytes));
        continue;
      }
      expect(row).toMatchObject({ status: 'client_aborted', httpStatus: 499, usageSource: 'counted', streamed: true });
      expect(row.completionTokens).toBeGreaterThan(0);
      expect(row.completionTokens).toBeLessThanOrEqual(((sent?.chunksWritten ?? 0) * CHUNK_BYTES) / 4);
    }
    if (streamBytes > LARGEST_KERNEL_BUFFERS) {
      await until('every upstream call to be broken off', () => upstream.counters.aborted === readerCount);
    }
    await gateway.balanced(account);
    upstream.behave({ content: 'still here', chunkCount: 1 });
    expect((await account.client.post(CHAT, chat())).status).toBe(200);
  },
);
