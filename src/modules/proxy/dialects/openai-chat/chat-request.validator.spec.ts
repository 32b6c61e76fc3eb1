import { DomainError } from '../../../../common/errors/domain-error.js';
import { validateChatRequest } from './chat-request.validator.js';

const GOOD = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] };

function validate(body: unknown) {
  return validateChatRequest(body, Buffer.from(JSON.stringify(body ?? null)));
}

function refusalOf(body: unknown): DomainError {
  try {
    validate(body);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('the request was accepted');
}

describe('validateChatRequest', () => {
  it('picks the facts out of a request', () => {
    const body = { ...GOOD, stream: true, stream_options: { include_usage: true }, n: 3, max_tokens: 50, seed: 1 };
    expect(validate(body)).toMatchObject({
      model: 'gpt-4o',
      stream: true,
      wantsUsageChunk: true,
      choices: 3,
      completionTokensAsked: 50,
      limitFields: ['max_tokens'],
    });
  });

  it('takes the smaller of two limits, and none for none', () => {
    const both = validate({ ...GOOD, max_tokens: 50, max_completion_tokens: 20 });
    expect(both.completionTokensAsked).toBe(20);
    expect(both.limitFields).toEqual(['max_tokens', 'max_completion_tokens']);
    expect(validate(GOOD).completionTokensAsked).toBeNull();
  });

  it('treats null as absent', () => {
    const nulls = { stream: null, stream_options: null, max_tokens: null, n: null, temperature: null, top_p: null };
    expect(validate({ ...GOOD, ...nulls })).toMatchObject({ stream: false, choices: 1, completionTokensAsked: null });
  });

  it.each([
    ['an assistant message without content', { role: 'assistant', tool_calls: [] }],
    ['null content', { role: 'assistant', content: null }],
    ['parts', { role: 'user', content: [{ type: 'text', text: 'a' }] }],
    ['a developer', { role: 'developer', content: 'a' }],
    ['a tool result', { role: 'tool', tool_call_id: 'x', content: 'a' }],
  ])('accepts %s', (_what, message) => {
    expect(validate({ ...GOOD, messages: [message] }).messages).toEqual([message]);
  });

  it.each([
    ['no object', [], null],
    ['null', null, null],
    ['no model', { messages: GOOD.messages }, 'model'],
    ['a model that is no string', { ...GOOD, model: 1 }, 'model'],
    ['an empty model', { ...GOOD, model: '' }, 'model'],
    ['no messages', { model: 'gpt-4o' }, 'messages'],
    ['messages that are no array', { ...GOOD, messages: {} }, 'messages'],
    ['empty messages', { ...GOOD, messages: [] }, 'messages'],
    ['a message that is no object', { ...GOOD, messages: ['a'] }, 'messages[0]'],
    ['a message without role', { ...GOOD, messages: [{ content: 'a' }] }, 'messages[0].role'],
    ['an unknown role', { ...GOOD, messages: [{ role: 'root', content: 'a' }] }, 'messages[0].role'],
    ['content that is a number', { ...GOOD, messages: [{ role: 'user', content: 1 }] }, 'messages[0].content'],
    ['no content', { ...GOOD, messages: [{ role: 'user' }] }, 'messages[0].content'],
    ['a part that is no object', { ...GOOD, messages: [{ role: 'user', content: ['a'] }] }, 'messages[0].content[0]'],
    ['stream that is a string', { ...GOOD, stream: 'true' }, 'stream'],
    ['a temperature above 2', { ...GOOD, temperature: 2.1 }, 'temperature'],
    ['a temperature that is a string', { ...GOOD, temperature: '1' }, 'temperature'],
    ['a negative top_p', { ...GOOD, top_p: -0.1 }, 'top_p'],
    ['zero max_tokens', { ...GOOD, max_tokens: 0 }, 'max_tokens'],
    ['negative max_tokens', { ...GOOD, max_tokens: -5 }, 'max_tokens'],
    ['fractional max_tokens', { ...GOOD, max_tokens: 1.5 }, 'max_tokens'],
    ['max_tokens above ten million', { ...GOOD, max_tokens: 10_000_001 }, 'max_tokens'],
    ['max_completion_tokens that is a string', { ...GOOD, max_completion_tokens: '5' }, 'max_completion_tokens'],
    ['n of zero', { ...GOOD, n: 0 }, 'n'],
    ['stream options that are no object', { ...GOOD, stream_options: true }, 'stream_options'],
  ])('refuses %s and names the field', (_what, body, param) => {
    const { kind, details, message } = refusalOf(body);
    expect({ kind, param: details.param ?? null }).toEqual({ kind: 'invalid_request', param });
    expect(details.code).toEqual(expect.any(String));
    if (param !== null) expect(message).toContain(`'${param}'`);
  });

  it.each([
    ['previous_response_id', { ...GOOD, previous_response_id: 'r' }, 'previous_response_id'],
    ['web search', { ...GOOD, web_search_options: {} }, 'web_search_options'],
    ['other models than the one that is billed', { ...GOOD, models: ['gpt-5-pro'] }, 'models'],
    ['hosted tools', { ...GOOD, tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [
      'files',
      { ...GOOD, messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] },
      'messages[0].content[0].type',
    ],
  ])('refuses %s, which cannot be metered beforehand', (_what, body, param) => {
    expect(refusalOf(body).details).toMatchObject({ code: 'unsupported_feature', param });
  });
});
