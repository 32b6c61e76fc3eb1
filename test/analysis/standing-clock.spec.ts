import type { ApiClient } from '../support/api-client.js';
import { skewedClock } from '../support/database-time.js';
import { Gateway } from '../support/gateway.js';
import type { TestAccount } from '../support/gateway.js';

jest.setTimeout(60_000);

/** A suspicion has halved twice by then. */
const SKEW_MS = 16 * 3_600_000;
const ACCOUNTS = '/api/v1/admin/misuse/accounts';

interface Standing {
  user_id: number;
  score: number;
  deviation_score: number;
}

let gateway: Gateway;
let admin: ApiClient;
let account: TestAccount;

beforeAll(async () => {
  gateway = await Gateway.start({ env: skewedClock(SKEW_MS, 'Pacific/Kiritimati') });
  admin = await gateway.admin();
});

afterAll(() => gateway.stop());

beforeEach(async () => {
  account = await gateway.account();
  await gateway.books.query(
    `INSERT INTO misuse_states (user_id, level, score, scored_at, deviation_score, deviation_at)
     VALUES ($1, 'warn', 40, now(), 40, now())`,
    [account.id],
  );
});

it('a server whose clock is wrong shows scores as they stand by the clock of the database', async () => {
  const { body: one } = await admin.get<Standing>(`${ACCOUNTS}/${account.id}`);
  const { body: queue } = await admin.get<Standing[]>(ACCOUNTS);
  const listed = queue.find(({ user_id }) => user_id === account.id);
  for (const standing of [one, listed]) {
    // Seconds old, not hours.
    expect(standing?.score).toBeGreaterThan(39);
    expect(standing?.deviation_score).toBeGreaterThan(39);
  }
});

it('and begins them anew at the time of the database', async () => {
  expect((await admin.post(`${ACCOUNTS}/${account.id}/reset`, { note: 'A tester.' })).status).toBe(200);
  const [row] = await gateway.books.query(
    `SELECT deviation_score, abs(extract(epoch FROM now() - deviation_at)) < 600 AS "isNow" FROM misuse_states WHERE user_id = $1`,
    [account.id],
  );
  expect(row).toEqual({ deviation_score: 0, isNow: true });
});
