import { CHAT, chat, Gateway } from '../support/gateway.js';
import { until } from '../support/until.js';

jest.setTimeout(120_000);

/** Refusals are noted every five seconds and looked at every five. */
const PATIENCE = { timeoutMs: 60_000, intervalMs: 100 };

let gateway: Gateway;

beforeAll(async () => {
  gateway = await Gateway.start({ upstream: { promptTokens: 10, completionTokens: 80 } });
});

afterAll(() => gateway.stop());

it('an account whose calls are refused near its limit is in the list of alerts, once', async () => {
  const admin = await gateway.admin();
  const account = await gateway.account({ day: 100 });
  expect((await account.client.post(CHAT, chat({ max_tokens: 80 }))).status).toBe(200);
  for (let call = 0; call < 20; call += 1) expect((await account.client.post(CHAT, chat())).status).toBe(429);

  interface Alert {
    severity: string;
    title: string;
    metadata: Record<string, unknown>;
  }
  const path = `/api/v1/admin/alerts?alert_type=limit_reached&user_id=${account.id}`;
  const critical = async (): Promise<Alert[]> =>
    (await admin.get<Alert[]>(path)).body.filter(({ severity }) => severity === 'critical');
  await until('an alert', async () => (await critical()).length > 0, PATIENCE);
  expect(await critical()).toEqual([
    expect.objectContaining({
      title: 'Daily token limit of the account: 90 % used, calls are refused',
      metadata: expect.objectContaining({
        threshold: 100,
        percent: 90,
        refusing: true,
        used: 90,
        limit: 100,
      }) as unknown,
    }),
  ]);
  const rows = await gateway.books.query('SELECT 1 FROM window_refusals WHERE user_id = $1', [account.id]);
  expect(rows).toEqual([]);
});
