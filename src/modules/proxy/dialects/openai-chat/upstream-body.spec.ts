import { validateChatRequest } from './chat-request.validator.js';
import { upstreamBody } from './upstream-body.js';

function bodyFor(json: string, upstreamModel = 'up/model', allowed = 77): string {
  const rawBody = Buffer.from(json);
  return upstreamBody(validateChatRequest(JSON.parse(json), rawBody), upstreamModel, allowed).toString();
}

const MESSAGES = '"messages":[{"role":"user","content":"a\\u0041"}]';

describe('upstreamBody', () => {
  it('sends the target model and the allowed limit, and the rest as the client wrote it', () => {
    expect(bodyFor(`{"model":"m", ${MESSAGES} ,"tools":[ ],"seed":1.0}`)).toBe(
      `{"model":"up/model", ${MESSAGES} ,"tools":[ ],"seed":1.0,"max_tokens":77}`,
    );
  });

  it('uses the name of the limit that the client used, and both when it used both', () => {
    expect(JSON.parse(bodyFor(`{"model":"m",${MESSAGES},"max_completion_tokens":99}`))).not.toHaveProperty(
      'max_tokens',
    );
    expect(JSON.parse(bodyFor(`{"model":"m",${MESSAGES},"max_completion_tokens":99,"max_tokens":80}`))).toMatchObject({
      max_tokens: 77,
      max_completion_tokens: 77,
    });
  });

  it.each(['o3-mini', 'gpt-5', 'openai/gpt-5-mini', 'o1'])('uses the newer name for %s', (model) => {
    const body: unknown = JSON.parse(bodyFor(`{"model":"m",${MESSAGES}}`, model));
    expect(body).toMatchObject({ max_completion_tokens: 77 });
    expect(body).not.toHaveProperty('max_tokens');
  });

  it('asks for usage on streams and keeps the other stream options', () => {
    const json = `{"model":"m",${MESSAGES},"stream":true,"stream_options":{ "x": 1.0, "include_usage":false}}`;
    expect(bodyFor(json)).toContain('"stream_options":{ "x": 1.0, "include_usage":true}');
    expect(bodyFor(`{"model":"m",${MESSAGES},"stream":true}`)).toContain('"stream_options":{"include_usage":true}');
    expect(bodyFor(`{"model":"m",${MESSAGES},"stream":true,"stream_options":null}`)).toContain(
      '"stream_options":{"include_usage":true}',
    );
    expect(bodyFor(`{"model":"m",${MESSAGES}}`)).not.toContain('stream_options');
  });

  it('takes out our own names and those that could lead the call elsewhere', () => {
    const json = `{"task_id":1,"access_token":"t","model":"m","api_key":"k",${MESSAGES},"api_base":"b","base_url":"u"}`;
    expect(Object.keys(JSON.parse(bodyFor(json)) as object)).toEqual(['model', 'messages', 'max_tokens']);
  });

  it('gets past a second, differently spelt model', () => {
    expect(bodyFor(`{"model":"m","mod\\u0065l":"dear",${MESSAGES}}`)).toBe(
      `{"mod\\u0065l":"up/model",${MESSAGES},"max_tokens":77}`,
    );
  });
});
