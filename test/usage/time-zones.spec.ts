import fc from 'fast-check';
import type { ApiClient } from '../support/api-client.js';
import { DatabaseTime } from '../support/database-time.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { Books, ended, Replica, request } from '../support/usage-books.js';
import { createDatabase, dropDatabase } from '../support/databases.js';

jest.setTimeout(120_000);

const CASES = Number(process.env['PROPERTY_CASES'] ?? 20);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface TimeZoneView {
  user_id: number;
  time_zone: string;
  days_from: string | null;
  months_from: string | null;
}

describe('the calendar', () => {
  let books: Books;
  let databaseUrl: string;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    books = await Books.open(databaseUrl);
  });
  afterAll(async () => {
    await books.close();
    await dropDatabase(databaseUrl);
  });

  it('has one day and one month for every moment of two years, in every time zone', async () => {
    await books.query(
      `CREATE TABLE days AS
       SELECT DISTINCT z.name, p.period, p.starts_at, p.ends_at
         FROM (SELECT min(name) AS name FROM pg_timezone_names z
                WHERE name !~ '^(posix|right)/' GROUP BY utc_offset, is_dst, abbrev) z
        CROSS JOIN generate_series('2027-01-01 00:00Z'::timestamptz, '2029-01-01 00:00Z', interval '23 hours') t
        CROSS JOIN LATERAL gatehouse_periods(z.name, NULL, NULL, 0, 0, t) p
        WHERE p.period < 3
       UNION
       SELECT z.name, p.period, p.starts_at, p.ends_at
         FROM (VALUES ('Atlantic/Azores'), ('America/Havana'), ('Africa/Cairo'), ('Asia/Beirut'), ('America/Asuncion'),
                      ('Australia/Lord_Howe'), ('America/Nuuk'), ('Antarctica/Troll'), ('Europe/Berlin')) z(name)
        CROSS JOIN generate_series('2027-01-01 00:00Z'::timestamptz, '2029-01-01 00:00Z', interval '11 hours') t
        CROSS JOIN LATERAL gatehouse_periods(z.name, NULL, NULL, 0, 0, t) p
        WHERE p.period < 3`,
    );
    const wrong = await books.query(
      `SELECT d.*, next.starts_at AS next, last.ends_at AS last FROM days d
        CROSS JOIN LATERAL gatehouse_periods(d.name, NULL, NULL, 0, 0, d.ends_at) next
        CROSS JOIN LATERAL gatehouse_periods(d.name, NULL, NULL, 0, 0, d.ends_at - interval '1 microsecond') last
        WHERE next.period = d.period AND last.period = d.period
          AND (next.starts_at <> d.ends_at OR last.starts_at <> d.starts_at OR last.ends_at <> d.ends_at
               OR d.ends_at - d.starts_at NOT BETWEEN interval '22 hours' AND interval '32 days')`,
    );
    expect(wrong).toEqual([]);
  });
});

describe('a change of an account’s time zone', () => {
  let gateway: Gateway;
  let time: DatabaseTime;
  let admin: ApiClient;

  beforeAll(async () => {
    gateway = await Gateway.start({
      reachDatabase: async (databaseUrl) => {
        time = await DatabaseTime.install(databaseUrl);
        return databaseUrl;
      },
    });
    admin = await gateway.admin();
  });
  afterAll(async () => {
    await time.close();
    await gateway.stop();
  });

  const change = (userId: number, timeZone: unknown) =>
    admin.json<TimeZoneView>('PUT', `/api/v1/admin/users/${userId}/time-zone`, { body: { time_zone: timeZone } });

  it('counts from the next day and the next month, is shown, and is in the audit log once', async () => {
    await time.set('2027-05-10T12:00:00Z');
    const account = await gateway.account({ day: 50, month: 100_000 });
    expect((await account.client.post(CHAT, chat({ max_tokens: 1 }))).status).toBe(429);
    await gateway.setDailyLimit(account, 100_000);
    expect((await account.client.post(CHAT, chat())).status).toBe(200);

    const { status, body } = await change(account.id, 'america/new_york');
    const moved = {
      user_id: account.id,
      time_zone: 'America/New_York',
      days_from: '2027-05-11T04:00:00.000Z',
      months_from: '2027-06-01T04:00:00.000Z',
    };
    expect([status, body]).toEqual([200, moved]);
    expect((await change(account.id, 'America/New_York')).body).toEqual(moved);
    const quota = await account.client.get<{ daily: { used: number; resets_at: string } }>('/api/v1/user/quota');
    expect(quota.body.daily).toMatchObject({ used: 30, resets_at: moved.days_from });

    await time.set('2027-05-11T03:59:59Z');
    expect((await account.client.get<typeof quota.body>('/api/v1/user/quota')).body.daily.used).toBe(30);
    await time.set('2027-05-11T04:00:01Z');
    const fresh = await account.client.get<typeof quota.body>('/api/v1/user/quota');
    expect(fresh.body.daily).toMatchObject({ used: 0, resets_at: '2027-05-12T04:00:00.000Z' });
    const shown = await admin.get<TimeZoneView>(`/api/v1/admin/users/${account.id}/time-zone`);
    expect(shown.body).toEqual({ ...moved, days_from: null });

    const audit = await admin.get<{ entries: { action: string; details: object }[] }>(
      `/api/v1/admin/audit?target=${account.id}`,
    );
    const told = audit.body.entries.filter(({ action }) => action === 'account.time_zone_changed');
    expect(told.map(({ details }) => details)).toEqual([{ from: 'UTC', to: 'America/New_York' }]);
  });

  it('to the east lets the running day end as it would have, and the next one be shorter', async () => {
    await time.set('2027-05-10T12:00:00Z');
    const account = await gateway.account();
    expect((await change(account.id, 'Asia/Tokyo')).body).toMatchObject({
      days_from: '2027-05-11T00:00:00.000Z',
      months_from: '2027-06-01T00:00:00.000Z',
    });
    await time.set('2027-05-11T00:00:01Z');
    const quota = await account.client.get<{ daily: { resets_at: string } }>('/api/v1/user/quota');
    expect(quota.body.daily.resets_at).toBe('2027-05-11T15:00:00.000Z');
  });

  it('can be taken back before it counts, as if it had not been', async () => {
    await time.set('2027-05-10T12:00:00Z');
    const account = await gateway.account({ day: 100_000 });
    expect((await account.client.post(CHAT, chat())).status).toBe(200);
    await change(account.id, 'Pacific/Honolulu');
    await change(account.id, 'UTC');
    const quota = await account.client.get<{ daily: object; monthly: object }>('/api/v1/user/quota');
    expect(quota.body.daily).toMatchObject({ used: 30, resets_at: '2027-05-11T00:00:00.000Z' });
    expect(quota.body.monthly).toMatchObject({ resets_at: '2027-06-01T00:00:00.000Z' });
  });

  it('refuses what is no time zone, names the field, and is for administrators', async () => {
    const account = await gateway.account();
    for (const wrong of ['Mars/Olympus', 'posix/UTC', 'localtime', 'MID+05:30', '', 7, null, "UTC'; --"]) {
      const { status, body } = await change(account.id, wrong);
      expect([wrong, status]).toEqual([wrong, status === 422 ? 422 : 400]);
      expect(JSON.stringify(body)).toContain('time_zone');
    }
    expect((await change(2_000_000, 'UTC')).status).toBe(404);
    const own = { body: { time_zone: 'UTC' } };
    const path = `/api/v1/admin/users/${account.id}/time-zone`;
    for (const client of [account.client, gateway.client()])
      expect((await client.json('PUT', path, own)).status).toBe(401);
  });
});

describe('whoever switches time zones again and again', () => {
  /** The span of the world's dates: a date begins at UTC+14 and is over at UTC-12. */
  const WORLD_HOURS = 26;
  const LIMIT = 100;
  const ZONES = [
    'Pacific/Kiritimati',
    'Asia/Tokyo',
    'Asia/Kathmandu',
    'UTC',
    'America/New_York',
    'Pacific/Niue',
    'Etc/GMT+12',
  ];
  let books: Books;
  let time: DatabaseTime;
  let replica: Replica;
  let databaseUrl: string;

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    time = await DatabaseTime.install(databaseUrl);
    books = await Books.open(databaseUrl);
    replica = new Replica(databaseUrl);
  });
  afterAll(async () => {
    await replica.close();
    await books.close();
    await time.close();
    await dropDatabase(databaseUrl);
  });

  /** Spends all that can be had now; resolves with the tokens. */
  async function spendAll(user: number): Promise<number> {
    for (let spent = 0; ; spent += LIMIT) {
      const wish = request(user, { promptTokensReserved: LIMIT, completionTokensWanted: 0 });
      const hold = await replica.admission.admit(wish).catch(() => undefined);
      if (hold === undefined) return spent;
      await replica.settlement.settle(hold, ended(hold, LIMIT, 0));
    }
  }

  const move = fc.record({
    zone: fc.option(fc.constantFrom(...ZONES), { nil: undefined }),
    hours: fc.integer({ min: 1, max: 30 }),
  });

  /*
   * The rule: a period is a date, and no date comes twice. In any stretch of time an account gets as many days as the world
   * has dates in it: however often it moves, at most 26 hours' worth more than one that stays.
   */
  it(`gets no more days than there are dates, and windows that follow each other without a gap (${CASES} cases)`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 3, maxLength: 25 }), async (moves) => {
        const user = await books.account({ day: LIMIT });
        const begin = Date.parse('2027-02-26T07:30:00Z');
        let now = begin;
        let spent = 0;
        for (const { zone, hours } of moves) {
          await time.set(new Date(now).toISOString());
          if (zone !== undefined) await books.query('SELECT gatehouse_change_time_zone($1, $2)', [user, zone]);
          spent += await spendAll(user);
          now += hours * HOUR_MS;
        }
        const lastAt = now - (moves.at(-1)?.hours ?? 0) * HOUR_MS;
        const dates = Math.ceil((lastAt - begin + WORLD_HOURS * HOUR_MS) / DAY_MS) + 1;
        expect(spent / LIMIT).toBeLessThanOrEqual(dates);

        const windows = await books.query<{ starts: number; ends: number }>(
          `SELECT extract(epoch FROM starts_at)::float8 AS starts, extract(epoch FROM ends_at)::float8 AS ends
             FROM quota_windows WHERE user_id = $1 AND subject = 1 AND period = 1 ORDER BY starts_at`,
          [user],
        );
        windows.slice(1).forEach(({ starts }, index) => expect(starts).toBeGreaterThanOrEqual(windows[index].ends));
        for (const { starts, ends } of windows) expect(ends).toBeGreaterThan(starts);
      }),
      { numRuns: CASES },
    );
  });

  it('gains nothing by going there and back every hour', async () => {
    const user = await books.account({ day: LIMIT });
    let spent = 0;
    for (let hour = 0; hour <= 120; hour += 1) {
      await time.set(new Date(Date.parse('2027-03-01T00:00:30Z') + hour * HOUR_MS).toISOString());
      const zone = hour % 2 === 0 ? 'Pacific/Kiritimati' : 'Pacific/Niue';
      await books.query('SELECT gatehouse_change_time_zone($1, $2)', [user, zone]);
      spent += await spendAll(user);
    }
    expect(spent / LIMIT).toBeLessThanOrEqual(7);
    expect(spent / LIMIT).toBeGreaterThanOrEqual(4);
  });
});
