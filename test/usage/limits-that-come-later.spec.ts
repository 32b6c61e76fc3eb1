import { signUp } from '../identity/people.js';
import type { ApiClient } from '../support/api-client.js';
import { CHAT, chat, Gateway } from '../support/gateway.js';

jest.setTimeout(90_000);

interface View {
  subject: string;
  [limit: string]: unknown;
}

interface AuditPage {
  entries: { details: Record<string, unknown> }[];
}

let gateway: Gateway;
let admin: ApiClient;

beforeAll(async () => {
  gateway = await Gateway.start({ env: { RATE_LIMIT_PER_MINUTE: '500' } });
  admin = await gateway.admin();
});

afterAll(() => gateway.stop());

const USERS = '/api/v1/admin/users';
const patch = <Body>(path: string, body: unknown) => admin.json<Body>('PATCH', path, { body });

describe('requests a minute of an account', () => {
  it('hold for all of its calls, whoever makes them, and are shown', async () => {
    const person = await signUp(gateway);
    const other = gateway.client().bearer(await gateway.issueKey(person.id));
    const path = `${USERS}/${person.id}`;
    const { status, body } = await patch<View>(path, { requests_per_minute: 3 });
    expect([status, body['requests_per_minute']]).toEqual([200, 3]);
    for (const caller of [gateway.client().bearer(person.key), other, person.jwt]) {
      expect((await caller.post(CHAT, chat())).status).toBe(200);
    }
    for (const caller of [gateway.client().bearer(person.key), other, person.jwt]) {
      const refused = await caller.post<{ error: { code: string } }>(CHAT, chat());
      expect([refused.status, refused.body.error.code]).toEqual([429, 'rate_limit_exceeded']);
    }
    const { body: views } = await admin.get<View[]>(`${path}/limits`);
    expect(views[0]).toMatchObject({ subject: 'account', requests_per_minute: { limit: 3, used: 3 } });
    const { body: audit } = await admin.get<AuditPage>('/api/v1/admin/audit?action=account.limits_changed&limit=1');
    expect(audit.entries[0].details).toEqual({ requestsPerMinute: { from: null, to: 3 } });
    await patch(path, { requests_per_minute: null });
    expect((await other.post(CHAT, chat())).status).toBe(200);
  });

  it('may be given to a new account, and are refused where they are no count', async () => {
    const created = await admin.post(USERS, { email: 'm@gatehouse.test', name: 'M', requests_per_minute: 12 });
    expect(created.body).toMatchObject({ requests_per_minute: 12 });
    const account = await gateway.account();
    const answer = await patch<{ detail: string }>(`${USERS}/${account.id}`, { requests_per_minute: 0 });
    expect([answer.status, answer.body.detail]).toEqual([422, expect.stringContaining('requests_per_minute')]);
  });
});

describe('a limit that comes in the middle of a period', () => {
  const tokensOf = async (caller: ApiClient) => {
    const { status, body } = await caller.post<{ usage: { total_tokens: number } }>(CHAT, chat());
    expect(status).toBe(200);
    return body.usage.total_tokens;
  };

  it('of a key, whoever sets it, begins with what the key used before', async () => {
    const person = await signUp(gateway);
    const caller = gateway.client().bearer(person.key);
    const [key] = await gateway.books.query<{ publicId: string }>(
      'SELECT public_id AS "publicId" FROM api_keys WHERE user_id = $1',
      [person.id],
    );
    const path = `${USERS}/${person.id}/api-keys/${key.publicId}/limits`;
    const own = (body: unknown) => person.jwt.json('PATCH', `/api/v1/api-keys/${key.publicId}`, { body });
    let used = await tokensOf(caller);
    expect((await own({ token_budget: 1_000_000 })).status).toBe(200);
    used += await tokensOf(caller);
    expect((await admin.get<View>(path)).body).toMatchObject({ lifetime_tokens: { limit: 1_000_000, used } });
    await own({ token_budget: null });
    used += await tokensOf(caller);
    const set = await patch<View>(path, { tokens_per_day: used });
    expect(set.body).toMatchObject({ tokens_per_day: { limit: used, used }, lifetime_tokens: { used } });
    const refused = await caller.post<{ error: { code: string } }>(CHAT, chat());
    expect([refused.status, refused.body.error.code]).toEqual([429, 'insufficient_quota']);
  });

  it('of the installation begins with what the day cost before', async () => {
    const account = await gateway.account();
    await tokensOf(account.client);
    const cap = (cost_per_day_usd: number | null) =>
      admin.json<{ spent_today_nano_usd: number | null }>('PUT', '/api/v1/admin/installation/limits', {
        body: { cost_per_day_usd },
      });
    const first = (await cap(1_000)).body.spent_today_nano_usd ?? 0;
    expect(first).toBeGreaterThan(0);
    expect((await cap(null)).body.spent_today_nano_usd).toBeNull();
    await tokensOf(account.client);
    expect((await cap(1_000)).body.spent_today_nano_usd).toBeGreaterThan(first);
    await cap(null);
  });
});
