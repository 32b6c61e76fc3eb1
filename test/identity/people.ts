import type { ApiClient } from '../support/api-client.js';
import type { Gateway } from '../support/gateway.js';

/** Somebody with an account of their own, logged in. */
export interface Person {
  /** Integer id. */
  id: number;
  email: string;
  password: string;
  /** The account's first key. */
  key: string;
  /** The access token of a login. */
  token: string;
  /** A client that presents the token. */
  jwt: ApiClient;
}

let people = 0;

/** Registers somebody new and logs them in, on the first server. */
export async function signUp(gateway: Gateway): Promise<Person> {
  people += 1;
  const username = `person${people}`;
  const email = `${username}@people.test`;
  const password = `the-password-of-${username}`;
  const client = gateway.client();
  const registered = await client.post<{ api_key: string }>('/api/auth/register', { username, email, password });
  expect(registered.status).toBe(201);
  const key = registered.body.api_key;
  const profile = await client.bearer(key).get<{ id: number }>('/api/v1/user/profile');
  const token = await logIn(gateway, { email, password });
  return { id: profile.body.id, email, password, key, token, jwt: client.bearer(token) };
}

/** Resolves with an access token. */
export async function logIn(gateway: Gateway, who: { email: string; password: string }): Promise<string> {
  const { status, body } = await gateway
    .client()
    .post<{ access_token: string }>('/api/auth/login', { username: who.email, password: who.password });
  expect(status).toBe(200);
  return body.access_token;
}

/** A key as its owner sees it; `key` right after it was made only. */
export interface KeyView {
  id: string;
  name: string;
  key: string;
  key_prefix: string;
  is_active: boolean;
  rate_limit_per_minute: number;
  scopes: string[];
  allowed_models: string[] | null;
  ip_allow_list: string[] | null;
  expires_at: string | null;
  token_budget: number | null;
  cost_budget_nano_usd: number | null;
  last_used_at: string | null;
  rotated_at: string | null;
  previous_key_expires_at: string | null;
  revoked_at: string | null;
}

export const KEYS = '/api/v1/api-keys';

export async function issueKey(person: Person, terms: Record<string, unknown> = {}): Promise<KeyView> {
  const { status, body } = await person.jwt.post<KeyView>(KEYS, { name: 'test', ...terms });
  expect([status, body]).toEqual([201, expect.objectContaining({ is_active: true })]);
  return body;
}

/** The one error shape that tests of many routes look at. */
export interface Refusal {
  detail: string;
  code: string;
  error: { code: string; message: string };
}
