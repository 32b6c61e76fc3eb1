import fc from 'fast-check';
import { validateChatRequest } from './chat-request.validator.js';
import { estimatePrompt } from './estimate.js';

function estimate(body: object) {
  const whole = { model: 'gpt-4o', ...body };
  return estimatePrompt(validateChatRequest(whole, Buffer.from(JSON.stringify(whole))));
}

const user = (content: unknown) => ({ role: 'user', content });
const image = (url: string, detail?: string) => ({ type: 'image_url', image_url: { url, detail } });
const EMPTY = estimate({ messages: [user('')] }).reserved;

describe('estimatePrompt', () => {
  it('reserves the bytes of the text, 8 for each message and 48', () => {
    expect(estimate({ messages: [user('Hello')] }).reserved).toBe(5 + 8 + 48);
    expect(estimate({ messages: [user('é€😀'), user('x')] }).reserved).toBe(2 + 3 + 4 + 1 + 16 + 48);
    expect(estimate({ messages: [user([{ type: 'text', text: 'Hello' }])] }).reserved).toBe(5 + 8 + 48);
  });

  it('does not count what only steers the call', () => {
    expect(estimate({ messages: [user('')], temperature: 1, stop: ['a'], metadata: { a: 'b' } }).reserved).toBe(EMPTY);
  });

  it.each(['tools', 'functions', 'response_format', 'prediction', 'something_new'])('counts %s in full', (field) => {
    const value = [{ type: 'function', function: { name: 'f', description: 'x'.repeat(1_000) } }];
    const { reserved } = estimate({ messages: [user('')], [field]: value });
    expect(reserved - EMPTY).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(value)));
  });

  it('counts tool calls and names of messages', () => {
    const call = { role: 'assistant', content: null, tool_calls: [{ function: { arguments: 'a'.repeat(500) } }] };
    expect(estimate({ messages: [call] }).reserved).toBeGreaterThan(556);
  });

  it('reserves a bound for an image and does not take its bytes for text', () => {
    const data = `data:image/png;base64,${'A'.repeat(2_000_000)}`;
    const high = estimate({ messages: [user([image(data)])] }).reserved;
    expect(high).toBeGreaterThan(5_000);
    expect(high).toBeLessThan(6_000);
    expect(estimate({ messages: [user([image(data, 'low')])] }).reserved).toBeLessThan(1_000);
    expect(estimate({ messages: [user([image('https://x.org/a.png')])] }).reserved).toBeGreaterThan(5_000);
  });

  it('reserves by length for audio', () => {
    const audio = { type: 'input_audio', input_audio: { format: 'mp3', data: 'A'.repeat(1_000_000) } };
    const { reserved } = estimate({ messages: [user([audio])] });
    expect(reserved).toBeGreaterThanOrEqual(20_000);
    expect(reserved).toBeLessThan(30_000);
  });

  it('does not take a text for media because it says so', () => {
    const text = 'data:'.padEnd(10_000, 'x');
    expect(estimate({ messages: [user([{ type: 'text', text, image_url: { url: text } }])] }).reserved).toBeGreaterThan(
      20_000,
    );
  });

  it('survives values of a hundred thousand levels', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    const body = { model: 'gpt-4o', messages: [user('a')], tools_like: deep };
    expect(estimatePrompt(validateChatRequest(body, Buffer.from('{}'))).reserved).toBeGreaterThan(100_000);
  });

  it('never reserves less than the bytes of the text, nor less than it counts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (texts) => {
        const { reserved, counted } = estimate({ messages: texts.map(user) });
        const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
        expect(reserved).toBe(bytes + texts.length * 8 + 48);
        expect(counted).toBeLessThanOrEqual(reserved);
        expect(counted).toBeGreaterThan(0);
      }),
    );
  });
});
