import { JwtService } from '@nestjs/jwt';
import type { Dispatcher } from 'undici';
import { generateKey } from '../../src/modules/api-keys/api-key-format.js';
import type { ApiClient } from '../support/api-client.js';
import { Gateway } from '../support/gateway.js';
import { issueKey, signUp, type KeyView, type Person } from './people.js';

jest.setTimeout(120_000);

const JWT_SECRET_KEY = 'a-jwt-secret-of-this-test-0123456789-abcdef';
const NO_ACCOUNT = '2000000000';
const NO_UUID = '00000000-0000-4000-8000-000000000000';

/** The routes that are open to everybody. Whoever opens another one has to say so here. */
const OPEN = new Set([
  'GET /',
  'GET /health',
  'GET /health/ready',
  'GET /api/ai/models',
  'POST /api/auth/register',
  'POST /api/auth/login',
  'POST /api/auth/refresh',
  'POST /api/auth/google',
  'POST /api/v1/auth/login',
  'POST /register',
  'POST /login',
  'POST /users/register',
  'POST /users/login',
  'GET /api/v1/invitations/{token}',
  'POST /api/v1/invitations/{token}',
]);
const ADMINISTRATION = /^\/api\/(?:v1\/admin\/|users$)/;
/** Operations after which the login that made them works no more. */
const ENDS_LOGIN = /logout|password/;

interface Operation {
  method: Dispatcher.HttpMethod;
  /** As the document has it, with the names of parameters. */
  template: string;
  name: string;
  takesKeys: boolean;
  hasIds: boolean;
}

let gateway: Gateway;
let operations: Operation[];
let owner: Person;
let ownersKey: KeyView;

beforeAll(async () => {
  gateway = await Gateway.start({ env: { JWT_SECRET_KEY } });
  owner = await signUp(gateway);
  ownersKey = await issueKey(owner);
  type Paths = Record<string, Record<string, { security?: Record<string, unknown>[] }>>;
  const { body } = await gateway.client().get<{ paths: Paths }>('/docs-json');
  operations = Object.entries(body.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([word, { security = [] }]) => {
      const method = word.toUpperCase();
      const takesKeys = security.some((scheme) => 'api-key' in scheme);
      return { method, template, name: `${method} ${template}`, takesKeys, hasIds: template.includes('{') };
    }),
  );
});
afterAll(() => gateway.stop());

const closed = () => operations.filter(({ name }) => !OPEN.has(name));

/** The path with ids: those of the owner of all that exists here, or of nothing. */
function pathOf({ template }: Operation, ids: 'real' | 'unknown'): string {
  const key = ids === 'real' ? ownersKey.id : NO_UUID;
  const account = ids === 'real' ? String(owner.id) : NO_ACCOUNT;
  const isAccount = template.startsWith('/api/v1/admin/users');
  return template
    .replace('{id}', isAccount ? account : key)
    .replace('{keyId}', key)
    .replaceAll(/\{\w+\}/g, NO_UUID);
}

async function statusOf(client: ApiClient, { method }: Operation, path: string): Promise<number> {
  const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
  return (await client.json(method, path, { body })).status;
}

/** The operations whose status is not as it should be, told so that one knows what to do. */
async function wrong(
  among: Operation[],
  ask: (operation: Operation) => Promise<number>,
  isRight: (status: number, operation: Operation) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (const operation of among) {
    const status = await ask(operation);
    if (!isRight(status, operation)) found.push(`${operation.name}: ${status}`);
  }
  return found;
}

const isUnauthenticated = (status: number): boolean => status === 401;
const isServerError = (status: number): boolean => status >= 500;
const isSuccess = (status: number): boolean => status >= 200 && status < 400;

/** A client for one operation; a new login where the operation ends it. */
async function loginFor(person: Person, { template }: Operation): Promise<ApiClient> {
  return ENDS_LOGIN.test(template) ? (await signUp(gateway)).jwt : person.jwt;
}

function expired(token: string): string {
  const jwt = new JwtService({ secret: JWT_SECRET_KEY });
  const claims = jwt.decode<Record<string, unknown>>(token);
  expect(jwt.verify<{ sub: string }>(token).sub).toBe(claims.sub);
  return jwt.sign({ ...claims, iat: Math.floor(Date.now() / 1000) - 7_200, exp: Math.floor(Date.now() / 1000) - 60 });
}

it('finds every route in the document, and the open ones are the ones listed here', () => {
  expect(operations.length).toBeGreaterThan(40);
  expect([...OPEN].filter((name) => !operations.some((operation) => operation.name === name))).toEqual([]);
});

it('lets nobody in without credentials', async () => {
  const ask = (operation: Operation) => statusOf(gateway.client(), operation, pathOf(operation, 'real'));
  expect(await wrong(closed(), ask, isUnauthenticated)).toEqual([]);
  const open = operations.filter(({ name }) => OPEN.has(name));
  const isOpen = (status: number): boolean => !isServerError(status) && status !== 401 && status !== 403;
  expect(await wrong(open, ask, isOpen)).toEqual([]);
});

it.each([
  ['garbage', () => 'garbage'],
  ['a key that was never issued', () => generateKey('gh_')],
  ['a mistyped key', () => `${ownersKey.key.slice(0, -1)}${ownersKey.key.endsWith('x') ? 'y' : 'x'}`],
  ['an expired token', () => expired(owner.token)],
  [
    'a token signed by somebody else',
    () => new JwtService({ secret: 'x'.repeat(40) }).sign({ sub: NO_UUID, typ: 'access' }),
  ],
])('lets nobody in with %s', async (_what, credential) => {
  const bearer = gateway.client().bearer(credential());
  const header = gateway.client().with({ 'x-api-key': credential() });
  for (const client of [bearer, header]) {
    const ask = (operation: Operation) => statusOf(client, operation, pathOf(operation, 'real'));
    expect(await wrong(closed(), ask, isUnauthenticated)).toEqual([]);
  }
});

it('lets a key in only where the document says so', async () => {
  const client = gateway.client().bearer(ownersKey.key);
  const ask = (operation: Operation) => statusOf(client, operation, pathOf(operation, 'unknown'));
  expect(await wrong(closed(), ask, (status, { takesKeys }) => (status !== 401) === takesKeys)).toEqual([]);
});

it('lets a user in everywhere but administration, and never fails', async () => {
  const ask = async (operation: Operation) =>
    statusOf(await loginFor(owner, operation), operation, pathOf(operation, 'unknown'));
  const isRight = (status: number, { template }: Operation): boolean =>
    ADMINISTRATION.test(template) ? status === 403 : !isServerError(status) && status !== 401 && status !== 403;
  expect(await wrong(closed(), ask, isRight)).toEqual([]);
});

it('gives another user nothing by the ids of the first', async () => {
  const other = await signUp(gateway);
  const withIds = closed().filter(({ hasIds }) => hasIds);
  expect(withIds.length).toBeGreaterThan(10);
  const ask = (operation: Operation) => statusOf(other.jwt, operation, pathOf(operation, 'real'));
  expect(await wrong(withIds, ask, (status) => status === 403 || status === 404)).toEqual([]);
  expect((await gateway.client().bearer(ownersKey.key).get('/api/v1/user/quota')).status).toBe(200);
  expect((await owner.jwt.get('/api/auth/me')).status).toBe(200);
});

it('lets an administrator in everywhere, and never fails', async () => {
  const admin = await gateway.admin();
  const ask = async (operation: Operation) =>
    statusOf(
      ENDS_LOGIN.test(operation.template) ? (await signUp(gateway)).jwt : admin,
      operation,
      pathOf(operation, 'unknown'),
    );
  const isRight = (status: number): boolean => !isServerError(status) && status !== 401 && status !== 403;
  expect(await wrong(closed(), ask, isRight)).toEqual([]);
});

it('does not open a route by another spelling of its path', async () => {
  const spellings: ((path: string) => string)[] = [
    (path) => `${path}/`,
    (path) => `${path}//`,
    (path) => `/${path}`,
    (path) => path.replace(/\/(?=[^/]+$)/, '//'),
    (path) => path.toUpperCase(),
    (path) => `/%2e${path}`,
    (path) => path.replace(/\/(?=[^/]+$)/, '/%2e/'),
    (path) => `/x/%2e%2e${path}`,
    (path) => `/x/..${path}`,
    (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
    (path) => path.replace('/api', '/%61%70%69'),
    (path) => `${path}%2f`,
    (path) => `${path}%00`,
    (path) => `${path};x=1`,
    (path) => `${path}%`,
    (path) => `${path}?%`,
  ];
  const found: string[] = [];
  for (const operation of closed()) {
    for (const spell of spellings) {
      const path = spell(pathOf(operation, 'real'));
      const anonymous = await statusOf(gateway.client(), operation, path);
      if (isSuccess(anonymous) || isServerError(anonymous)) found.push(`${operation.method} ${path}: ${anonymous}`);
      if (!ADMINISTRATION.test(operation.template)) continue;
      const user = await statusOf(owner.jwt, operation, path);
      if (isSuccess(user) || isServerError(user)) found.push(`${operation.method} ${path} as a user: ${user}`);
    }
  }
  expect(found).toEqual([]);
});
