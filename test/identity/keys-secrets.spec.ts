import type { ApiAnswer, ApiClient } from '../support/api-client.js';
import { ADMIN, chat, CHAT, Gateway } from '../support/gateway.js';
import { issueKey, KEYS, signUp, type KeyView, type Person } from './people.js';

jest.setTimeout(60_000);

let gateway: Gateway;
let admin: ApiClient;
let person: Person;
/** Everything that may be shown once and kept nowhere, by what it is. */
const secrets = new Map<string, string>();
/** What was said to whoever presented a secret in the wrong place, by place. */
const refusals: [place: string, text: string][] = [];

/** Sends a secret where it does not belong, or a body that is refused, and keeps the answer. */
async function misplace(place: string, asking: Promise<ApiAnswer<unknown>>): Promise<void> {
  const { status, body, headers } = await asking;
  expect([place, status >= 400 && status < 500]).toEqual([place, true]);
  refusals.push([place, JSON.stringify([body, headers])]);
}

/** Makes, uses and mistypes every kind of secret there is. */
beforeAll(async () => {
  gateway = await Gateway.start({ env: { LOG_LEVEL: 'trace' } });
  admin = await gateway.admin();
  secrets.set('password of the administrator', ADMIN.password);
  person = await signUp(gateway);
  secrets.set('password', person.password).set('default key', person.key).set('access token', person.token);

  const made = await issueKey(person);
  secrets.set('issued key', made.key);
  const worker = await person.jwt.post<{ key: string }>('/api-keys/create', { name: 'worker' });
  secrets.set('key of the worker API', worker.body.key);
  const rotated = await person.jwt.post<KeyView>(`${KEYS}/${made.id}/rotate`, { grace_seconds: 600 });
  secrets.set('rotated key', rotated.body.key);
  const created = await admin.post<{ id: number; api_token: string }>('/api/v1/admin/users', {
    email: 'made@people.test',
    name: 'Made',
  });
  secrets.set('api_token', created.body.api_token);
  const regenerated = await admin.json<{ api_key: string }>(
    'PUT',
    `/api/v1/admin/users/${created.body.id}/api-key/regenerate`,
  );
  secrets.set('regenerated key', regenerated.body.api_key);
  const invited = await admin.post<{ token: string }>('/api/v1/admin/invitations', { email: 'invited@people.test' });
  secrets.set('invitation', invited.body.token);
  const google = await gateway.client().post('/api/auth/google', {
    access_token: 'a-token-of-google-0123456789',
  });
  expect(google.status).toBe(503);
  secrets.set('token of Google', 'a-token-of-google-0123456789');

  const guest = 'the-password-of-a-guest';
  const open = await admin.post<{ token: string }>('/api/v1/admin/invitations', {});
  const page = `/api/v1/invitations/${open.body.token}`;
  expect((await gateway.client().post(page, { email: 'guest@people.test', password: guest })).status).toBe(200);
  secrets.set('password of a guest', guest).set('accepted invitation', open.body.token);
  const worker2 = { email: 'worker@people.test', password: 'the-password-of-a-worker' };
  const { token } = (await gateway.client().post<{ token: string }>('/register', worker2)).body;
  secrets.set('first password of a worker', worker2.password).set('token of a worker', token);
  const changed = 'the-later-password-of-a-worker';
  const change = { current_password: worker2.password, new_password: changed };
  expect((await gateway.client().bearer(token).post('/api/auth/change-password', change)).status).toBe(200);
  secrets.set('changed password', changed);
  const form = new URLSearchParams({ username: worker2.email, password: changed }).toString();
  const entered = await gateway
    .client()
    .post<{ access_token: string; refresh_token: string }>('/api/v1/auth/login', form, {
      'content-type': 'application/x-www-form-urlencoded',
    });
  expect(entered.status).toBe(200);
  const { access_token, refresh_token } = entered.body;
  secrets.set('token of a form', access_token).set('refresh token of a form', refresh_token);
  const rotatedTokens = await gateway
    .client()
    .post<{ access_token: string; refresh_token: string }>('/api/auth/refresh', { refresh_token });
  expect(rotatedTokens.status).toBe(200);
  secrets.set('rotated refresh token', rotatedTokens.body.refresh_token);

  const login = await gateway.client().post<{ refresh_token: string }>('/api/auth/login', {
    username: person.email,
    password: person.password,
  });
  secrets.set('refresh token', login.body.refresh_token);

  const client = gateway.client();
  for (const [what, secret] of secrets) {
    await client.bearer(secret).post(CHAT, chat());
    await client.with({ 'x-api-key': secret }).post(CHAT, chat());
    await misplace(`${what} in a path`, client.get(`/nowhere/${secret}?key=${secret}`));
    await misplace(`${what} in a bad path`, client.get(`/%zz${secret}`));
    await misplace(`${what} as an id`, person.jwt.get(`${KEYS}/${secret}`));
    await misplace(`${what} in half a body`, client.post('/api/auth/login', `{"username": "${secret}", "password": "`));
    await misplace(`${what} to refresh with`, client.post('/api/auth/refresh', { refresh_token: `${secret}x` }));
    const register = { username: secret, email: secret, password: `${secret}${'x'.repeat(128)}` };
    await misplace(`${what} at the registration`, client.post('/api/auth/register', register));
    await misplace(`${what} at the worker's`, client.post('/register', register));
    const terms = { name: 'key', scopes: [secret], allowed_models: [`${secret}*x`], ip_allow_list: [secret] };
    await misplace(`${what} as terms of a key`, person.jwt.post(KEYS, { ...terms, expires_at: secret }));
    await misplace(`${what} as a model`, client.bearer(person.key).post(CHAT, chat({ model: { secret } })));
  }
  for (const [what, secret] of [...secrets].slice(0, 8)) {
    const wrong = { username: `nobody-${what}`, password: `${secret}-not-quite` };
    await misplace(`${what} at a login`, client.post('/api/auth/login', wrong));
  }
});
afterAll(() => gateway.stop());

it('knows them all', () => {
  expect([...secrets.values()].every((secret) => typeof secret === 'string' && secret.length >= 12)).toBe(true);
  expect(new Set(secrets.values()).size).toBe(secrets.size);
});

it('keeps none of them in any column', async () => {
  const tables = await gateway.books.query<{ name: string }>(
    `SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  expect(tables.length).toBeGreaterThan(10);
  const found: string[] = [];
  for (const { name } of tables) {
    for (const [what, secret] of secrets) {
      // A bytea is shown in hexadecimal, so a secret could hide there in two spellings.
      const rows = await gateway.books.query<{ row: string }>(
        `SELECT t::text AS row FROM ${name} t
          WHERE position($1 IN t::text) > 0 OR position(encode(convert_to($1, 'UTF8'), 'hex') IN t::text) > 0`,
        [secret],
      );
      found.push(...rows.map(({ row }) => `${what} in ${name}: ${row}`));
    }
  }
  expect(found).toEqual([]);
});

it('writes none of them to the log, however much it logs', () => {
  const output = gateway.output();
  expect(output.length).toBeGreaterThan(1_000);
  expect([...secrets].filter(([, secret]) => output.includes(secret)).map(([what]) => what)).toEqual([]);
});

it('repeats none of them to whoever presents it in the wrong place', () => {
  expect(refusals.length).toBeGreaterThan(100);
  const repeated = refusals.flatMap(([place, text]) =>
    [...secrets].filter(([, secret]) => text.includes(secret)).map(([what]) => `${what} for ${place}`),
  );
  expect(repeated).toEqual([]);
});

it('shows none of them in a later answer', async () => {
  const document = await gateway.client().get<{ paths: Record<string, Record<string, unknown>> }>('/docs-json');
  const paths = Object.entries(document.body.paths).filter(([, operations]) => 'get' in operations);
  expect(paths.length).toBeGreaterThan(15);
  const [key] = (await person.jwt.get<KeyView[]>(KEYS)).body;
  for (const [template] of paths) {
    const path = template
      .replace('{id}', template.includes('api-keys') ? (key?.id ?? '') : String(person.id))
      .replace('{keyId}', key?.id ?? '')
      .replace('{token}', secrets.get('invitation') ?? '');
    for (const client of [person.jwt, admin, gateway.client().bearer(person.key)]) {
      const { body, headers } = await client.get(path);
      const answer = JSON.stringify([body, headers]);
      const shown = [...secrets].filter(([, secret]) => answer.includes(secret)).map(([what]) => `${what} at ${path}`);
      expect(shown).toEqual([]);
    }
  }
});
