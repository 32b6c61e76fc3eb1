import type { ApiAnswer } from '../support/api-client.js';
import { chat, CHAT, Gateway, type TestAccount } from '../support/gateway.js';

jest.setTimeout(60_000);

const MEGABYTE = 1024 * 1024;
const BOUND = 10_000_000;
/** By default. */
const BODY_LIMIT_BYTES = 10 * MEGABYTE;

interface Envelope {
  error: { message: string; type: string; param: string | null; code: string | null };
}

let gateway: Gateway;
let account: TestAccount;

beforeAll(async () => {
  gateway = await Gateway.start();
  account = await gateway.account({ day: 1_000_000 });
  // The first question for an unknown model fetches the upstream's list of models; it is not one of the calls.
  await account.client.post(CHAT, chat({ model: 'never-heard-of' }));
});
beforeEach(() => gateway.upstream.reset());
afterAll(() => gateway.stop());

function expectRefusal(
  { status, headers, body }: ApiAnswer<Envelope>,
  wanted: { status: number; code: string; param?: string | null },
): void {
  expect({ status, code: body.error.code, param: body.error.param }).toEqual({ param: null, ...wanted });
  expect(Object.keys(body.error)).toEqual(expect.arrayContaining(['message', 'type', 'param', 'code']));
  expect(body.error.type).toBe('invalid_request_error');
  expect(body.error.message.length).toBeGreaterThan(10);
  expect(headers['content-type']).toContain('application/json');
  expect(headers['x-request-id']).toBeTruthy();
}

/** Nothing charged, nothing held, no upstream call. */
async function expectNoTrace(): Promise<void> {
  expect(gateway.upstream.counters.requests).toBe(0);
  expect(await gateway.holds()).toBe(0);
  const [books] = await gateway.books.query<{ rows: number; requests: string | null }>(
    'SELECT (SELECT count(*)::int FROM ledger) AS rows, (SELECT sum(requests) FROM quota_windows) AS requests',
  );
  expect(books?.rows).toBe(0);
  expect(Number(books?.requests)).toBe(0);
}

const BODIES: [name: string, body: unknown, code: string, param: string | null][] = [
  ['no messages', { model: 'gpt-4o-mini' }, 'missing_required_parameter', 'messages'],
  ['no model', { messages: [{ role: 'user', content: 'x' }] }, 'missing_required_parameter', 'model'],
  ['a model that is not a string', chat({ model: 7 }), 'invalid_type', 'model'],
  ['an empty model', chat({ model: '' }), 'invalid_value', 'model'],
  ['empty messages', chat({ messages: [] }), 'empty_array', 'messages'],
  ['messages that are no array', chat({ messages: 'Hello' }), 'invalid_type', 'messages'],
  ['a message that is no object', chat({ messages: ['Hello'] }), 'invalid_type', 'messages[0]'],
  ['a wrong role', chat({ messages: [{ role: 'pirate', content: 'x' }] }), 'invalid_value', 'messages[0].role'],
  ['no role', chat({ messages: [{ content: 'x' }] }), 'missing_required_parameter', 'messages[0].role'],
  ['no content', chat({ messages: [{ role: 'user' }] }), 'missing_required_parameter', 'messages[0].content'],
  [
    'content of a wrong type',
    chat({ messages: [{ role: 'user', content: 7 }] }),
    'invalid_type',
    'messages[0].content',
  ],
  ['stream as a word', chat({ stream: 'yes' }), 'invalid_type', 'stream'],
  ['a temperature above 2', chat({ temperature: 2.1 }), 'invalid_value', 'temperature'],
  ['a temperature below 0', chat({ temperature: -0.1 }), 'invalid_value', 'temperature'],
  ['a temperature as a word', chat({ temperature: 'hot' }), 'invalid_type', 'temperature'],
  ['top_p above 1', chat({ top_p: 1.1 }), 'invalid_value', 'top_p'],
  ['n = 0', chat({ n: 0 }), 'invalid_value', 'n'],
  ['n = 1000', chat({ n: 1_000 }), 'invalid_value', 'n'],
  ...['max_tokens', 'max_completion_tokens'].flatMap((field) =>
    [-1, 0, 1.5, BOUND + 1, 1e300].map((value): (typeof BODIES)[number] => [
      `${field} = ${value}`,
      { ...chat({ max_tokens: undefined }), [field]: value },
      'invalid_value',
      field,
    ]),
  ),
  ['max_tokens as a word', chat({ max_tokens: '50' }), 'invalid_type', 'max_tokens'],
  ['an empty body', '', 'invalid_json_body', null],
  ['an array instead of an object', [chat()], 'invalid_json_body', null],
  [
    'a context that nobody could reserve for',
    chat({ previous_response_id: 'r' }),
    'unsupported_feature',
    'previous_response_id',
  ],
];

describe.each(['/v1/chat/completions', '/api/v1/chat/completions'])('%s', (path) => {
  it.each(BODIES)('refuses %s', async (_name, body, code, param) => {
    expectRefusal(await account.client.post<Envelope>(path, body), { status: 400, code, param });
    await expectNoTrace();
  });

  it.each([
    ['cut off', '{"model":"gpt-4o-mini","messages":[{"role":"us'],
    ['with words around it', 'Please: {"model":"gpt-4o-mini"}'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['a million brackets', '['.repeat(1_000_000)],
  ])('refuses malformed JSON: %s', async (_name, body) => {
    expectRefusal(await account.client.post<Envelope>(path, body), { status: 400, code: 'invalid_json' });
    await expectNoTrace();
  });

  it('refuses a body of another content type', async () => {
    const answer = await account.client.post<Envelope>(path, 'model=gpt-4o-mini', { 'content-type': 'text/plain' });
    expect([400, 415]).toContain(answer.status);
    expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', param: null });
    await expectNoTrace();
  });

  it('refuses an unknown model', async () => {
    const answer = await account.client.post<Envelope>(path, chat({ model: 'never-heard-of' }));
    expectRefusal(answer, { status: 404, code: 'model_not_found', param: 'model' });
    await expectNoTrace();
  });

  it('refuses a body of 20 MB', async () => {
    const body = JSON.stringify(chat({ messages: [{ role: 'user', content: 'x'.repeat(20 * MEGABYTE) }] }));
    // A server may close the connection rather than read all of it; then it must have been served afterwards as before.
    const answer = await account.client.post<Envelope>(path, body);
    expectRefusal(answer, { status: 413, code: 'request_too_large' });
    expect(answer.body.error).toMatchObject({
      message: `The request body is too large: at most ${BODY_LIMIT_BYTES} bytes are taken.`,
      limit_bytes: BODY_LIMIT_BYTES,
    });
    await expectNoTrace();
  });

  it('refuses whoever does not say who it is, or says it twice and differently', async () => {
    const other = await gateway.account();
    const anonymous = gateway.client();
    const wrong = `${account.key.slice(0, -1)}${account.key.endsWith('A') ? 'B' : 'A'}`;
    for (const headers of [
      {},
      { authorization: 'Bearer ' },
      { authorization: 'Basic dXNlcjpwYXNz' },
      { authorization: `Bearer ${wrong}` },
      { authorization: 'Bearer sk-nobody' },
      { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.' },
      { 'x-api-key': wrong },
      { 'x-api-key': 'nonsense' },
      { 'x-api-key': other.key, authorization: `Bearer ${account.key}` },
      { 'x-api-key': account.key, authorization: 'Bearer not-a-token' },
    ] as Record<string, string>[]) {
      const answer = await anonymous.with(headers).post<Envelope>(path, chat());
      expectRefusal(answer, { status: 401, code: 'invalid_api_key' });
      expect(answer.headers['www-authenticate']).toBeTruthy();
      expect(JSON.stringify(answer.body)).not.toContain(wrong);
    }
    await expectNoTrace();
  });
});

it('answers a path that does not exist, and a wrong method, in the same envelope', async () => {
  const missing = await account.client.post<Envelope>('/v1/nothing/here', chat());
  expectRefusal(missing, { status: 404, code: 'unknown_route' });
  const wrongMethod = await account.client.get<Envelope>(CHAT);
  expectRefusal(wrongMethod, { status: 404, code: 'unknown_route' });
});

describe('odd input that is not bad', () => {
  const served = async (body: unknown, headers?: Record<string, string>): Promise<void> => {
    const { status } = await account.client.post(CHAT, body, headers);
    expect(status).toBe(200);
    expect(gateway.upstream.counters).toMatchObject({ requests: 1, completed: 1 });
    const rows = await gateway.ledger(account);
    expect(rows.at(-1)).toMatchObject({ status: 'completed', usageSource: 'upstream', promptTokens: 25 });
    await gateway.balanced(account);
  };

  it.each([
    ['zero bytes and lone surrogates', '"a\\u0000b\\ud800c\\udc00d"'],
    ['an emoji of many parts', '"👩‍👩‍👧‍👦"'],
    ['an empty string', '""'],
  ])('serves content with %s', async (_name, content) => {
    await served(`{"model":"gpt-4o-mini","messages":[{"role":"user","content":${content}}],"max_tokens":50}`);
    expect(gateway.upstream.lastRequest?.rawBody.toString()).toContain(content);
  });

  it('serves an answer with zero bytes in it', async () => {
    gateway.upstream.behave({ content: 'a\u0000b\ud800' });
    await served(chat());
  });

  it.each(['[', '{"a":'])('serves a field of JSON 100,000 levels deep, made of %s', async (open) => {
    const depth = 100_000;
    const close = open === '[' ? ']' : '}';
    const deep = `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}`;
    const text = JSON.stringify(chat()).slice(0, -1);
    await served(`${text},"x_deep":${deep}}`);
    expect(gateway.upstream.lastRequest?.rawBody.length).toBeGreaterThan(deep.length);
  });

  it('serves nulls where a field may be left out', async () => {
    await served(chat({ temperature: null, top_p: null, n: null, stream: null, stop: null, max_tokens: null }));
  });

  it('serves a prompt of a megabyte to who can pay for it', async () => {
    const rich = await gateway.account();
    const body = chat({ messages: [{ role: 'user', content: 'x'.repeat(MEGABYTE) }] });
    expect((await rich.client.post(CHAT, body)).status).toBe(200);
    await gateway.balanced(rich);
  });

  it('serves the largest limit that is allowed, cut to what the account has', async () => {
    await served(chat({ max_tokens: BOUND }));
    expect(Number(gateway.upstream.lastRequest?.json?.max_tokens)).toBeLessThan(1_000_000);
  });
});
