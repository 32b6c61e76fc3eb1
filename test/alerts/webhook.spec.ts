import { createHmac } from 'node:crypto';
import type { ApiClient } from '../support/api-client.js';
import { CHAT, chat, Gateway, type TestAccount } from '../support/gateway.js';
import { WEBHOOK_SECRET } from '../support/money-watch.js';
import { until } from '../support/until.js';
import { WebhookReceiver, type ReceivedEvent } from '../support/webhook-receiver.js';

/** Sealing takes up to fifteen seconds, looking at limits five, an attempt that is never answered ten. */
const PATIENCE = { timeoutMs: 60_000, intervalMs: 50 };
jest.setTimeout(180_000);

interface Alert {
  id: number;
  source: string;
  alert_type: string;
  severity: string;
  user_id: number | null;
  title: string;
  status: string;
  metadata: Record<string, unknown>;
}

interface Delivery {
  id: number;
  event_id: string;
  state: string;
  attempts: number;
  last_status: number | null;
  last_error: string | null;
}

let receiver: WebhookReceiver;
let gateway: Gateway;
let admin: ApiClient;
/** Events about `told` are taken at once, those about `refused` not at first, and those about `unanswered` never. */
let told: TestAccount;
let refused: TestAccount;
let unanswered: TestAccount;
/** By account. */
const statuses = new Map<number | null, number>();

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  const env = { ALERT_WEBHOOK_URL: receiver.url, ALERT_WEBHOOK_SECRET: WEBHOOK_SECRET };
  gateway = await Gateway.start({ replicas: 2, env });
  admin = await gateway.admin();
  told = await gateway.account({ day: 1_000_000 });
  refused = await gateway.account({ day: 1_000_000 });
  unanswered = await gateway.account({ day: 1_000_000 });
  receiver.statusFor = (body) => statuses.get(parse(body).alert.user_id) ?? 204;
  statuses.set(refused.id, 500).set(unanswered.id, 0);
  // These two need not wait for the servers to seal what was entered; the servers do that themselves for the third.
  await useHalf(unanswered);
  await useHalf(refused);
  await seal();
  await useHalf(told);
});

afterAll(async () => {
  await gateway.stop();
  await receiver.stop();
});

const LIST = '/api/v1/admin/alerts';
const DELIVERIES = '/api/v1/admin/webhook-deliveries';

/** What every server does every fifteen seconds. */
async function seal(): Promise<void> {
  await gateway.books.query('SELECT gatehouse_seal(1000)');
}

/** Uses up half of a day's tokens. */
async function useHalf(account: TestAccount): Promise<void> {
  const { status, body } = await account.client.post<{ usage: { total_tokens: number } }>(CHAT, chat());
  expect(status).toBe(200);
  await gateway.books.query('UPDATE quota_accounts SET tokens_per_day = $2 WHERE user_id = $1', [
    account.id,
    body.usage.total_tokens * 2,
  ]);
}

function eventsOf(account: TestAccount): ReceivedEvent[] {
  return receiver.received.filter(({ body }) => parse(body).alert.user_id === account.id);
}

function parse(body: string): { id: string; event: string; alert: Alert & { alert_type: string } } {
  return JSON.parse(body) as ReturnType<typeof parse>;
}

async function deliveryOf(account: TestAccount): Promise<Delivery> {
  const [row] = await gateway.books.query<{ id: number }>(
    `SELECT id FROM webhook_deliveries WHERE (body::jsonb #>> '{alert,user_id}')::int = $1`,
    [account.id],
  );
  const { body } = await admin.get<Delivery[]>(DELIVERIES);
  const found = body.find(({ id }) => id === row?.id);
  if (found === undefined) throw new Error('there is no delivery for the account');
  return found;
}

it('tries again until it is given up, and sends a dead event again under the same id when asked', async () => {
  const account = refused;
  await until('a first attempt', () => eventsOf(account).length > 0, PATIENCE);
  const failedOnce = async (): Promise<Delivery | undefined> => {
    const delivery = await deliveryOf(account);
    return delivery.attempts > 0 ? delivery : undefined;
  };
  const failed = await until('its outcome', failedOnce, PATIENCE);
  expect(failed).toMatchObject({ state: 'pending', last_status: 500, last_error: 'refused' });
  expect(await admin.post(`${DELIVERIES}/${failed.id}/redrive`)).toMatchObject({ status: 409 });

  // As if the hours had gone by: what is left is the last attempt. One that is under way writes its own count once more.
  const isDead = async () => {
    await gateway.books.query(
      'UPDATE webhook_deliveries SET attempts = 9, next_attempt_at = clock_timestamp() WHERE id = $1 AND attempts < 9',
      [failed.id],
    );
    return (await admin.get<Delivery[]>(`${DELIVERIES}?state=dead`)).body.some(({ id }) => id === failed.id);
  };
  await until('a dead delivery', isDead, PATIENCE);
  const attempts = eventsOf(account).length;
  statuses.set(account.id, 302);
  expect(await admin.post(`${DELIVERIES}/${failed.id}/redrive`)).toMatchObject({
    status: 200,
    body: { state: 'pending' },
  });
  await until('a redirect that is not followed', async () => (await deliveryOf(account)).last_status === 302, PATIENCE);
  statuses.set(account.id, 200);
  await gateway.books.query('UPDATE webhook_deliveries SET next_attempt_at = clock_timestamp() WHERE id = $1', [
    failed.id,
  ]);
  await until('delivery', async () => (await deliveryOf(account)).state === 'delivered', PATIENCE);
  expect(eventsOf(account).length).toBeGreaterThanOrEqual(attempts + 2);
  expect(new Set(eventsOf(account).map(({ headers }) => headers['x-gatehouse-event-id'])).size).toBe(1);
  const audit = await admin.get<{ entries: { target: string }[] }>('/api/v1/admin/audit?action=webhook.redriven');
  expect(audit.body.entries.map(({ target }) => target)).toContain(String(failed.id));
});

it('tells of an alert once, signed, with two servers at work, and administrators see and acknowledge it', async () => {
  const account = told;
  await until('an event', () => eventsOf(account).length > 0, PATIENCE);
  const [{ headers, body }] = eventsOf(account);
  const expected = createHmac('sha256', WEBHOOK_SECRET)
    .update(`${String(headers['x-gatehouse-timestamp'])}.${body}`)
    .digest('hex');
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-gatehouse-event-id': parse(body).id,
    'x-gatehouse-signature': `v1=${expected}`,
  });
  expect(Math.abs(Date.now() / 1000 - Number(headers['x-gatehouse-timestamp']))).toBeLessThan(300);
  expect(parse(body)).toMatchObject({
    event: 'alert.raised',
    alert: { alert_type: 'limit_reached', severity: 'info' },
  });

  const listed = await admin.get<Alert[]>(`${LIST}?source=operator&alert_type=limit_reached&user_id=${account.id}`);
  expect(listed.body).toMatchObject([
    { id: parse(body).alert.id, status: 'active', severity: 'info', metadata: { threshold: 50, period: 'day' } },
  ]);
  const acknowledged = await admin.post(`${LIST}/${listed.body[0].id}/acknowledge`);
  expect(acknowledged).toMatchObject({ status: 200, body: { status: 'reviewed' } });
  expect((await admin.get<Alert[]>(`${LIST}?status_filter=active&user_id=${account.id}`)).body).toEqual([]);

  // More calls in the same window, until another worker would have had its turn.
  await gateway.books.query('UPDATE quota_accounts SET tokens_per_day = tokens_per_day * 2 WHERE user_id = $1', [
    account.id,
  ]);
  expect((await account.client.post(CHAT, chat())).status).toBe(200);
  await seal();
  const checked = () => gateway.books.query('SELECT 1 FROM limit_checks');
  await until('a look', async () => (await checked()).length === 0, PATIENCE);
  expect(new Set(eventsOf(account).map((event) => event.headers['x-gatehouse-event-id'])).size).toBe(1);
  expect(await gateway.books.query('SELECT 1 FROM operator_alerts WHERE user_id = $1', [account.id])).toHaveLength(1);
});

it('gives up an attempt that is never answered', async () => {
  await until('an attempt', () => eventsOf(unanswered).length > 0, PATIENCE);
  await until('a timeout', async () => (await deliveryOf(unanswered)).last_error === 'timeout', PATIENCE);
});

it('pages and filters, and says what is wrong with a filter', async () => {
  await gateway.books.query(
    `INSERT INTO operator_alerts (kind, dedup_key, severity)
     SELECT 'page', 'page:' || n, 'info' FROM generate_series(1, 25) n`,
  );
  const ids: number[] = [];
  for (let cursor = ''; ;) {
    const page = await admin.get<Alert[]>(`${LIST}?alert_type=page&limit=10${cursor}`);
    ids.push(...page.body.map(({ id }) => id));
    const next = page.headers['x-next-cursor'];
    if (next === undefined) break;
    cursor = `&cursor=${String(next)}`;
  }
  expect(ids).toHaveLength(25);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => b - a));
  expect((await admin.get<Alert[]>(`${LIST}?alert_type=page&severity=critical`)).body).toEqual([]);
  for (const wrong of ['severity=odd', 'source=odd', 'cursor=x', 'user_id=-1', 'alert_type=A']) {
    const { status, body } = await admin.get<{ detail: string }>(`${LIST}?${wrong}`);
    expect([wrong, status, body.detail]).toEqual([wrong, 422, expect.stringContaining(wrong.split('=')[0])]);
  }
  expect((await admin.post(`${DELIVERIES}/999999/redrive`)).status).toBe(404);
  const stranger = await gateway.account();
  expect((await stranger.client.get(DELIVERIES)).status).toBe(401);
});

it('never writes the secret or the address into a log or an answer', async () => {
  const { body } = await admin.get(`${DELIVERIES}?limit=1000`);
  for (const text of [gateway.output(), JSON.stringify(body)]) {
    expect(text).not.toContain(WEBHOOK_SECRET);
    expect(text).not.toContain('webhook-token');
  }
});
