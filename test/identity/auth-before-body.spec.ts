import { connect } from 'node:net';
import type { Dispatcher } from 'undici';
import { generateKey } from '../../src/modules/api-keys/api-key-format.js';
import { chat, CHAT, Gateway } from '../support/gateway.js';
import { signUp, type Person } from './people.js';

jest.setTimeout(60_000);

const MALFORMED = '{"this is": no JSON';
const JSON_TYPE = { 'content-type': 'application/json' };
const MEGABYTE = 1024 * 1024;
const NO_UUID = '00000000-0000-4000-8000-000000000000';
/** The one route whose credential may be in the body. */
const BODY_TOKEN = 'POST /api/chat/stream';

interface Operation {
  security?: Record<string, unknown>[];
  requestBody?: unknown;
}

let gateway: Gateway;
let person: Person;

beforeAll(async () => {
  gateway = await Gateway.start();
  person = await signUp(gateway);
});
afterAll(() => gateway.stop());

/** A key of the right shape whose last character is another. */
function mistyped(key: string): string {
  return key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
}

async function closedOperations(): Promise<[Dispatcher.HttpMethod, string][]> {
  const { body } = await gateway.client().get<{ paths: Record<string, Record<string, Operation>> }>('/docs-json');
  return Object.entries(body.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { security = [] }]) => security.length > 0)
      .map(([method]): [Dispatcher.HttpMethod, string] => [method.toUpperCase(), path])
      .filter(([method, template]) => method !== 'GET' && `${method} ${template}` !== BODY_TOKEN),
  );
}

/** One answer over a connection of our own; the body may be longer than the server cares to read. */
function exchange(head: string[], body: Buffer): Promise<string> {
  const { hostname, port } = new URL(gateway.client().baseUrl);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${[...head, `host: ${hostname}`, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n`);
      socket.write(body);
    });
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
      if (answer.includes('\r\n\r\n') && answer.endsWith('}')) socket.end();
    });
    socket.once('error', reject).once('close', () => resolve(answer));
  });
}

it('every route that needs a credential refuses a stranger before it looks at the body', async () => {
  const operations = await closedOperations();
  expect(operations.length).toBeGreaterThan(40);
  const credentials: Record<string, string>[] = [
    {},
    { 'x-api-key': 'nonsense' },
    { authorization: 'Bearer nonsense' },
    { authorization: `Bearer ${mistyped(generateKey('sk-'))}` },
  ];
  const wrong: string[] = [];
  for (const [method, template] of operations) {
    const path = template.replaceAll(/\{\w+\}/g, NO_UUID);
    for (const headers of credentials) {
      const { status } = await gateway
        .client()
        .with(headers)
        .json(method, path, { body: MALFORMED, headers: JSON_TYPE });
      if (status !== 401) wrong.push(`${method} ${template} ${JSON.stringify(headers)}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
});

it.each([CHAT, '/v1/messages', '/chat/completions', '/api/ai/chat', '/api/v1/chat', '/api/v1/api-keys'])(
  '%s says the same to an impossible key as to one that nobody has',
  async (path) => {
    const ask = async (key: string) => {
      const answer = await gateway.client().with({ 'x-api-key': key, 'x-request-id': 'same' }).post(path, chat());
      const {
        'www-authenticate': challenge,
        'content-type': type,
        'access-control-allow-origin': origin,
      } = answer.headers;
      return { status: answer.status, body: answer.body, challenge, type, origin };
    };
    const key = generateKey('gh_');
    const unknown = await ask(key);
    expect(unknown).toMatchObject({ status: 401, origin: '*' });
    expect(await ask(mistyped(key))).toEqual(unknown);
  },
);

it('whoever may come in is told what is wrong with the body', async () => {
  const { status } = await person.jwt.post(CHAT, MALFORMED, JSON_TYPE);
  expect(status).toBe(400);
});

it('the token in the body is still looked for, and open routes stay open', async () => {
  const inBody = { access_token: 'ya29.nobody', messages: [{ role: 'user', content: 'Hello' }] };
  const refused = await gateway.client().post<{ detail: string }>('/api/chat/stream', inBody);
  expect([refused.status, refused.body.detail]).toEqual([401, 'Invalid access token']);
  expect((await gateway.client().post('/api/chat/stream', MALFORMED, JSON_TYPE)).status).toBe(400);
  expect((await gateway.client().post('/login', MALFORMED, JSON_TYPE)).status).toBe(400);
  const preflight = { origin: 'https://app.test', 'access-control-request-method': 'POST' };
  expect((await gateway.client().json('OPTIONS', CHAT, { headers: preflight })).status).toBe(204);
});

it.each(['keep-alive', 'close'])('a refused upload of 5 MB reads its 401 (connection: %s)', async (connection) => {
  const head = [`POST ${CHAT} HTTP/1.1`, 'x-api-key: gh_wrong', 'content-type: application/json'];
  const answer = await exchange([...head, `connection: ${connection}`], Buffer.alloc(5 * MEGABYTE, 'x'));
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer).toContain('invalid_api_key');
});

it('a connection goes on after a refused upload', async () => {
  const key = person.key;
  const upload = Buffer.alloc(5 * MEGABYTE, 'x');
  const client = gateway.client();
  for (const round of [1, 2, 3]) {
    const refused = await client.with({ 'x-api-key': mistyped(key) }).post(CHAT, upload, JSON_TYPE);
    expect([round, refused.status]).toEqual([round, 401]);
    expect((await client.with({ 'x-api-key': key }).post(CHAT, chat())).status).toBe(200);
  }
});
