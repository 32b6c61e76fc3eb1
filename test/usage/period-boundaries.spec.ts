import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';
import { DatabaseTime, skewedClock } from '../support/database-time.js';
import type { SseStream } from '../support/sse-stream.js';
import { until } from '../support/until.js';

jest.setTimeout(180_000);

const HOUR_MS = 3_600_000;
/** Two replicas: the second one's clock is two hours wrong, and stands in another time zone. */
const SOUND = 0;
const SKEWED = 1;
const CHUNKS = 20;
const TOKENS_OF_A_CALL = 25 + CHUNKS;

interface Billed {
  requestId: string;
  day: string;
  dayEnds: string;
  month: string;
  monthEnds: string;
}

/** The account's day and month that each of its calls was billed to. */
function billed(gateway: Gateway, account: TestAccount): Promise<Billed[]> {
  const utc = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')`;
  return gateway.books.query<Billed>(
    `SELECT l.request_id AS "requestId", ${utc('d.starts_at')} AS day, ${utc('d.ends_at')} AS "dayEnds",
            ${utc('m.starts_at')} AS month, ${utc('m.ends_at')} AS "monthEnds"
       FROM ledger l
       JOIN quota_windows d ON d.user_id = l.user_id AND d.id = ANY (l.window_ids) AND d.subject = 1 AND d.period = 1
       JOIN quota_windows m ON m.user_id = l.user_id AND m.id = ANY (l.window_ids) AND m.subject = 1 AND m.period = 2
      WHERE l.user_id = $1 ORDER BY l.settled_at`,
    [account.id],
  );
}

async function inZone(gateway: Gateway, timeZone: string): Promise<TestAccount> {
  const account = await gateway.account({ day: 1_000_000, month: 1_000_000 });
  await gateway.books.query('UPDATE quota_accounts SET time_zone = $2 WHERE user_id = $1', [account.id, timeZone]);
  return account;
}

/** A stream on each replica, of which the first event has come. */
async function openStreams(gateway: Gateway, { key }: TestAccount): Promise<SseStream[]> {
  return Promise.all(
    [SOUND, SKEWED].map(async (server) => {
      const stream = await gateway
        .client(server)
        .bearer(key)
        .openStream(CHAT, chat({ stream: true }));
      expect(stream.status).toBe(200);
      await stream.next();
      return stream;
    }),
  );
}

async function endOf(streams: SseStream[]): Promise<void> {
  for (const stream of streams) expect((await stream.rest()).at(-1)).toBe('[DONE]');
}

async function admittedSoFar(gateway: Gateway, account: TestAccount): Promise<string[]> {
  const rows = await gateway.books.query<{ id: string }>(
    'SELECT request_id AS id FROM holds WHERE user_id = $1 UNION SELECT request_id FROM ledger WHERE user_id = $1',
    [account.id],
  );
  return rows.map(({ id }) => id);
}

/** Streams on both replicas before something happens, and after it. Resolves with what they were billed to. */
async function streamsAcross(gateway: Gateway, account: TestAccount, happen: () => Promise<void>) {
  const early = await openStreams(gateway, account);
  const idsBefore = await admittedSoFar(gateway, account);
  await happen();
  const late = await openStreams(gateway, account);
  await endOf([...early, ...late]);
  await gateway.ledgerOf(account, 4);
  const calls = await billed(gateway, account);
  expect(new Set(calls.map(({ requestId }) => requestId)).size).toBe(4);
  await expectWindows(gateway, account, calls);
  const before = calls.filter(({ requestId }) => idsBefore.includes(requestId));
  const after = calls.filter((call) => !before.includes(call));
  expect([before.length, after.length]).toEqual([2, 2]);
  return { before, after };
}

/** Each window of the account has what the calls billed to it used, and nothing is held. */
async function expectWindows(gateway: Gateway, account: TestAccount, calls: Billed[]): Promise<void> {
  expect(await gateway.holds(account)).toBe(0);
  const windows = await gateway.books.query<{ id: string; spent: number; requests: number; held: number }>(
    `SELECT to_char(starts_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS id, spent_tokens::int AS spent, requests::int, held_tokens::int AS held
       FROM quota_windows WHERE user_id = $1 AND subject = 1 AND period = 1 ORDER BY starts_at`,
    [account.id],
  );
  const days = [...new Set(calls.map(({ day }) => day))].sort();
  expect(windows).toEqual(
    days.map((id) => {
      const requests = calls.filter(({ day }) => day === id).length;
      return { id, requests, spent: requests * TOKENS_OF_A_CALL, held: 0 };
    }),
  );
}

// What happens, the account's time zone, when; the day (or month) before and the one after, in UTC.
const DAYS = [
  'midnight in Nepal | Asia/Kathmandu | 2027-01-13 18:15 | 2027-01-12 18:15 to 2027-01-13 18:15 | 2027-01-13 18:15 to 2027-01-14 18:15',
  'midnight in New York | America/New_York | 2027-02-09 05:00 | 2027-02-08 05:00 to 2027-02-09 05:00 | 2027-02-09 05:00 to 2027-02-10 05:00',
  'midnight in New Zealand | Pacific/Auckland | 2027-02-17 11:00 | 2027-02-16 11:00 to 2027-02-17 11:00 | 2027-02-17 11:00 to 2027-02-18 11:00',
  'the hour that is left out | Europe/Berlin | 2027-03-28 01:00 | 2027-03-27 23:00 to 2027-03-28 22:00 | 2027-03-27 23:00 to 2027-03-28 22:00',
  'the end of the day of 23 hours | Europe/Berlin | 2027-03-28 22:00 | 2027-03-27 23:00 to 2027-03-28 22:00 | 2027-03-28 22:00 to 2027-03-29 22:00',
  'a midnight that is left out | Africa/Cairo | 2027-04-29 22:00 | 2027-04-28 22:00 to 2027-04-29 22:00 | 2027-04-29 22:00 to 2027-04-30 21:00',
  'the hour that comes twice | America/Chicago | 2027-11-07 07:00 | 2027-11-07 05:00 to 2027-11-08 06:00 | 2027-11-07 05:00 to 2027-11-08 06:00',
  'the end of the day of 25 hours | America/Chicago | 2027-11-08 06:00 | 2027-11-07 05:00 to 2027-11-08 06:00 | 2027-11-08 06:00 to 2027-11-09 06:00',
  'the first of two midnights | Atlantic/Azores | 2027-10-31 00:00 | 2027-10-30 00:00 to 2027-10-31 00:00 | 2027-10-31 00:00 to 2027-11-01 01:00',
  'the second of two midnights | Atlantic/Azores | 2027-10-31 01:00 | 2027-10-31 00:00 to 2027-11-01 01:00 | 2027-10-31 00:00 to 2027-11-01 01:00',
  'the beginning of a leap day | Asia/Tokyo | 2028-02-28 15:00 | 2028-02-27 15:00 to 2028-02-28 15:00 | 2028-02-28 15:00 to 2028-02-29 15:00',
].map((row) => row.split(' | '));
const MONTHS = [
  'an April in Berlin | Europe/Berlin | 2027-04-30 22:00 | 2027-03-31 22:00 to 2027-04-30 22:00 | 2027-04-30 22:00 to 2027-05-31 22:00',
  'a leap February in Los Angeles | America/Los_Angeles | 2028-03-01 08:00 | 2028-02-01 08:00 to 2028-03-01 08:00 | 2028-03-01 08:00 to 2028-04-01 07:00',
  'a year in Sydney | Australia/Sydney | 2028-12-31 13:00 | 2028-11-30 13:00 to 2028-12-31 13:00 | 2028-12-31 13:00 to 2029-01-31 13:00',
].map((row) => row.split(' | '));

describe('when the database reaches the turn', () => {
  let gateway: Gateway;
  let time: DatabaseTime;

  beforeAll(async () => {
    gateway = await Gateway.start({
      upstream: { chunkCount: CHUNKS, chunkDelayMs: 20, promptTokens: 25 },
      reachDatabase: async (databaseUrl) => {
        time = await DatabaseTime.install(databaseUrl);
        await time.set('2027-01-10T12:00:00Z');
        return databaseUrl;
      },
    });
    await gateway.addServer(skewedClock(2 * HOUR_MS, 'Pacific/Kiritimati'));
  });
  beforeEach(() => gateway.upstream.reset());
  afterAll(async () => {
    await time.close();
    await gateway.stop();
  });

  async function streamsAcrossTheTurn(timeZone: string, turn: string) {
    const account = await inZone(gateway, timeZone);
    await time.set(new Date(Date.parse(`${turn}Z`) - 20_000).toISOString());
    return streamsAcross(gateway, account, () => time.set(`${turn}:00.001Z`));
  }

  it.each(DAYS)(
    'bills each stream across %s (%s) to the day that admitted it',
    async (_, zone, turn, before, after) => {
      const calls = await streamsAcrossTheTurn(zone, turn);
      for (const call of calls.before) expect(`${call.day} to ${call.dayEnds}`).toBe(before);
      for (const call of calls.after) expect(`${call.day} to ${call.dayEnds}`).toBe(after);
    },
  );

  it.each(MONTHS)('bills each stream across the end of %s (%s) to its month', async (_, zone, turn, before, after) => {
    const calls = await streamsAcrossTheTurn(zone, turn);
    for (const call of calls.before) expect(`${call.month} to ${call.monthEnds}`).toBe(before);
    for (const call of calls.after) expect(`${call.month} to ${call.monthEnds}`).toBe(after);
  });

  it('lets a spent account go on with the first call of the new day, on every replica', async () => {
    const account = await inZone(gateway, 'Asia/Kolkata');
    await time.set('2028-06-10T18:29:00Z');
    expect((await account.client.post(CHAT, chat())).status).toBe(200);
    await gateway.setDailyLimit(account, TOKENS_OF_A_CALL);
    const skewed = gateway.client(SKEWED).bearer(account.key);
    for (const client of [account.client, skewed]) {
      const { status, headers, body } = await client.post<{ error: { code: string } }>(CHAT, chat());
      expect([status, body.error.code]).toEqual([429, 'insufficient_quota']);
      expect(headers['x-quota-daily-reset']).toBe('2028-06-10T18:30:00.000Z');
      expect(Number.parseInt(String(headers['x-ratelimit-reset-tokens']), 10)).toBeLessThanOrEqual(60);
    }
    await gateway.setDailyLimit(account, 1_000);
    await time.set('2028-06-10T18:30:00Z');
    expect((await skewed.post(CHAT, chat())).status).toBe(200);
  });
});

describe('when the clock of a replica is wrong', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await Gateway.start({
      env: { HOLD_LEASE_SECONDS: '3' },
      upstream: { chunkCount: CHUNKS, chunkDelayMs: 50, promptTokens: 25 },
    });
    await gateway.addServer(skewedClock(2 * HOUR_MS, 'America/St_Johns'));
  });
  beforeEach(() => gateway.upstream.reset());
  afterAll(() => gateway.stop());

  /** Postgres takes offsets to the second, so that it is midnight somewhere whenever we like. */
  async function zoneOfMidnightIn(seconds: number): Promise<string> {
    const [{ zone }] = await gateway.books.query<{ zone: string }>(
      `SELECT to_char(pg_catalog.now() AT TIME ZONE 'UTC' + make_interval(secs => $1), '"MID+"HH24:MI:SS') AS zone`,
      [seconds],
    );
    return zone;
  }

  async function isPastMidnight(zone: string): Promise<boolean> {
    const sql = `SELECT (pg_catalog.clock_timestamp() AT TIME ZONE $1)::time < '12:00' AS past`;
    return (await gateway.books.query<{ past: boolean }>(sql, [zone]))[0].past;
  }

  /** Streams across one midnight. False when it was midnight before the first of them were open. */
  async function streamsAcrossMidnight(zone: string): Promise<boolean> {
    const account = await inZone(gateway, zone);
    let isInTime = false;
    const { before, after } = await streamsAcross(gateway, account, async () => {
      isInTime = !(await isPastMidnight(zone));
      await until(`midnight in ${zone}`, () => isPastMidnight(zone), { timeoutMs: 120_000, intervalMs: 50 });
      gateway.upstream.behave({ chunkDelayMs: 20 });
    });
    if (!isInTime) return false;
    const days = new Set([...before, ...after].map(({ day }) => day));
    expect(days.size).toBe(2);
    expect(before[0].day).toBe(before[1].day);
    expect(after[0].day).toBe(before[0].dayEnds);
    return true;
  }

  /** Three midnights, a second apart. For a machine that is too slow for them there are others, twice as far away. */
  async function streamsAcrossMidnightsIn(seconds: number): Promise<void> {
    const last = seconds + 2;
    gateway.upstream.behave({ chunkDelayMs: (last * 1_500) / CHUNKS });
    const zones: string[] = [];
    for (let midnight = seconds; midnight <= last; midnight += 1) zones.push(await zoneOfMidnightIn(midnight));
    const inTime = await Promise.all(zones.map(streamsAcrossMidnight));
    if (inTime.includes(false)) await streamsAcrossMidnightsIn(seconds * 2);
  }

  /** From two hours ahead to two hours behind, and back. */
  const setClock = (): void => gateway.servers[SKEWED].signal('SIGUSR2');

  it('bills streams across true midnights in three time zones to their day, and enters them at their true time', async () => {
    await streamsAcrossMidnightsIn(3);
    const [{ astray }] = await gateway.books.query<{ astray: number }>(
      `SELECT count(*)::int AS astray FROM ledger WHERE admitted_at NOT BETWEEN pg_catalog.now() - interval '10 minutes' AND pg_catalog.now()`,
    );
    expect(astray).toBe(0);
  });

  it('keeps the hold of a stream while the clock is set back by four hours and forward again', async () => {
    const account = await gateway.account({ day: 10_000 });
    gateway.upstream.behave({ chunkDelayMs: 400 });
    const stream = await gateway
      .client(SKEWED)
      .bearer(account.key)
      .openStream(CHAT, chat({ stream: true }));
    await stream.next();
    setClock();
    for (let events = 0; events < 10; events += 1) await stream.next();
    setClock();
    expect((await stream.rest()).at(-1)).toBe('[DONE]');
    expect(await gateway.ledgerOf(account, 1)).toMatchObject([{ status: 'completed', usageSource: 'upstream' }]);
    expect(await gateway.balanced(account)).toBe(TOKENS_OF_A_CALL);
  });

  it('tells waits and judges the expiry of keys by the time of the database', async () => {
    for (let side = 0; side < 2; side += 1) {
      const account = await gateway.account({ hourRequests: 1 });
      const skewed = gateway.client(SKEWED).bearer(account.key);
      const expireKey = (minutes: number) =>
        gateway.books.query('UPDATE api_keys SET expires_at = now() + make_interval(mins => $2) WHERE user_id = $1', [
          account.id,
          minutes,
        ]);
      await expireKey(30);
      expect((await skewed.post(CHAT, chat())).status).toBe(200);
      const refused = await skewed.post(CHAT, chat());
      expect(refused.status).toBe(429);
      const seconds = Number(refused.headers['retry-after']);
      expect(seconds).toBeGreaterThan(3_400);
      expect(seconds).toBeLessThanOrEqual(3_600);

      await expireKey(-30);
      await until('the key to be expired', async () => (await skewed.post(CHAT, chat())).status === 401);
      setClock();
    }
  });
});
