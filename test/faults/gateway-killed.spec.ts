import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(60_000);

interface HoldRow {
  request_id: string;
  tokens_held: string;
  completion_tokens_seen: number;
}

let gateway: Gateway;

beforeEach(async () => {
  gateway = await Gateway.start({
    env: { HOLD_LEASE_SECONDS: '2' },
    upstream: { content: 'abc ', chunkCount: 2_000, chunkDelayMs: 20 },
  });
});
afterEach(() => gateway.stop());

function holdsOf(account: TestAccount): Promise<HoldRow[]> {
  return gateway.books.query<HoldRow>(
    'SELECT request_id, tokens_held, completion_tokens_seen FROM holds WHERE user_id = $1 ORDER BY request_id',
    [account.id],
  );
}

async function holdsSeenAt(account: TestAccount, calls: number): Promise<HoldRow[]> {
  await until('every running call to be known as dispatched and under way', async () => {
    const [row] = await gateway.books.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM holds WHERE user_id = $1 AND dispatched AND completion_tokens_seen > 0',
      [account.id],
    );
    return row?.count === calls;
  });
  return holdsOf(account);
}

it('bills a stream whose server was killed once, as an orphan, for what is known of it and never more than its hold', async () => {
  const account = await gateway.account({ day: 10_000 });
  const stream = await account.client.openStream(CHAT, chat({ stream: true, max_tokens: 3_000 }));
  for (let events = 0; events < 10; events += 1) await stream.next();
  const [hold] = await holdsSeenAt(account, 1);
  await gateway.servers[0]?.kill();
  await expect(stream.rest()).rejects.toThrow();
  await gateway.upstream.idle();
  const written = gateway.upstream.lastRequest?.chunksWritten ?? 0;

  const restarted = gateway.client(await gateway.addServer()).bearer(account.key);
  const [row] = await gateway.ledgerOf(account, 1);
  expect(row).toMatchObject({ requestId: hold?.request_id, status: 'orphaned', usageSource: 'lease_expired' });
  expect(row?.promptTokens).toBeGreaterThan(0);
  expect(row?.completionTokens).toBeGreaterThanOrEqual(Number(hold?.completion_tokens_seen));
  expect(row?.completionTokens).toBeLessThanOrEqual(written);
  expect(await gateway.balanced(account)).toBeLessThanOrEqual(Number(hold?.tokens_held));

  gateway.upstream.reset();
  gateway.upstream.behave({ chunkCount: 3, chunkDelayMs: 0 });
  expect((await restarted.post(CHAT, chat())).status).toBe(200);
  await gateway.ledgerOf(account, 2);
  await gateway.balanced(account);
});

it('leaves exactly one row for each of many calls when a replica is killed, and none for calls of the other one', async () => {
  const account = await gateway.account();
  const survivor = gateway.client(await gateway.addServer()).bearer(account.key);
  const victims = await Promise.all(
    Array.from({ length: 5 }, () => account.client.openStream(CHAT, chat({ stream: true, max_tokens: 3_000 }))),
  );
  const lucky = await survivor.openStream(CHAT, chat({ stream: true, max_tokens: 3_000 }));
  const hanging = Array.from({ length: 3 }, () => account.client.post(CHAT, chat({ n: 2 })));
  gateway.upstream.behave((request) => (request.json?.stream === true ? {} : { latencyMs: 60_000 }));
  await holdsSeenAt(account, 6);
  const holds = await until('the hanging calls to be admitted too', async () => {
    const standing = await holdsOf(account);
    return standing.length === 9 ? standing : undefined;
  });
  await gateway.servers[0]?.kill();
  await Promise.all([
    ...victims.map((stream) => expect(stream.rest()).rejects.toThrow()),
    ...hanging.map((answer) => expect(answer).rejects.toThrow()),
  ]);

  const orphans = await gateway.ledgerOf(account, 8, 15_000);
  expect(orphans).toEqual(Array(8).fill(expect.objectContaining({ status: 'orphaned', usageSource: 'lease_expired' })));
  const heldFor = new Map(holds.map((hold) => [hold.request_id, Number(hold.tokens_held)]));
  for (const { requestId, promptTokens, completionTokens } of orphans) {
    expect(promptTokens + completionTokens).toBeLessThanOrEqual(heldFor.get(requestId) ?? -1);
  }
  expect(await gateway.holds(account)).toBe(1);
  lucky.hangUp();
  const rows = await gateway.ledgerOf(account, 9);
  expect(rows.filter(({ status }) => status === 'client_aborted')).toHaveLength(1);
  await gateway.balanced(account);
});

it('bills nothing for a call that was killed before it was sent on', async () => {
  const account = await gateway.account({ day: 10_000 });
  const gate = gateway.upstream.gate();
  const answer = account.client.post(CHAT, chat());
  await gate.waiting(1);
  await gateway.servers[0]?.kill();
  await expect(answer).rejects.toThrow();
  // The server had no time to note that the call went out, as if it had died between admission and dispatch.
  await gateway.books.query('UPDATE holds SET dispatched = false, completion_tokens_seen = 0');
  await gateway.addServer();
  const [row] = await gateway.ledgerOf(account, 1);
  expect(row).toMatchObject({ status: 'orphaned', promptTokens: 0, completionTokens: 0 });
  expect(await gateway.balanced(account)).toBe(0);
});
