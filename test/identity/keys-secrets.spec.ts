import type { ApiClient } from '../support/api-client.js';
import { ADMIN, chat, CHAT, Gateway } from '../support/gateway.js';
import { issueKey, KEYS, signUp, type KeyView, type Person } from './people.js';

jest.setTimeout(60_000);

let gateway: Gateway;
let admin: ApiClient;
let person: Person;
/** Everything that may be shown once and kept nowhere, by what it is. */
const secrets = new Map<string, string>();

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
  const login = await gateway.client().post<{ refresh_token: string }>('/api/auth/login', {
    username: person.email,
    password: person.password,
  });
  secrets.set('refresh token', login.body.refresh_token);

  for (const secret of secrets.values()) {
    await gateway.client().bearer(secret).post(CHAT, chat());
    await gateway.client().with({ 'x-api-key': secret }).post(CHAT, chat());
    await gateway.client().post('/api/auth/login', { username: person.email, password: secret });
    await gateway.client().post('/api/auth/login', `{"username": "${secret}", "password": "${secret}", `);
    await gateway.client().post('/api/auth/refresh', { refresh_token: secret });
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
