import type { WireFormat } from '../providers/provider.js';
import { isCacheable } from './cacheable.js';

const QUESTION = { model: 'm', temperature: 0, messages: [{ role: 'user', content: 'Hello' }] };
const ask = (question: unknown, format: WireFormat = 'chat/completions') =>
  isCacheable({ format, body: Buffer.from(JSON.stringify(question)) });
const withPart = (part: object) => ({ ...QUESTION, messages: [{ role: 'user', content: [part] }] });

describe('isCacheable', () => {
  it.each([
    ['temperature 0', QUESTION],
    ['an empty list of tools', { ...QUESTION, tools: [], store: false, audio: null }],
    ['an image in the question', withPart({ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } })],
    ['a text that tells of a link', withPart({ type: 'text', text: '{"url": "https://example.com"}' })],
  ])('takes %s', (_what, question) => {
    expect(ask(question)).toBe(true);
  });

  it.each([
    ['no temperature', { ...QUESTION, temperature: undefined }],
    ['another temperature', { ...QUESTION, temperature: 0.1 }],
    ['a temperature that is a text', { ...QUESTION, temperature: '0' }],
    ['tools', { ...QUESTION, tools: [{ type: 'function' }] }],
    ['functions', { ...QUESTION, functions: [{ name: 'f' }] }],
    ['a search', { ...QUESTION, web_search_options: {} }],
    ['a model that searches', { ...QUESTION, model: 'openai/gpt-4o:online' }],
    ['what the provider is to store', { ...QUESTION, store: true }],
    ['a linked image', withPart({ type: 'image_url', image_url: { url: 'https://example.com/now.png' } })],
    ['a linked image of the Messages API', withPart({ type: 'image', source: { type: 'url', url: 'http://x/y' } })],
    ['a linked image of the Responses API', withPart({ type: 'input_image', image_url: 'https://x/y' })],
    ['a very long question', { ...QUESTION, padding: 'x'.repeat(300_000) }],
    ['a list', [QUESTION]],
  ])('leaves %s alone', (_what, question) => {
    expect(ask(question)).toBe(false);
  });

  it('takes embeddings, which have no temperature', () => {
    expect(ask({ model: 'e', input: 'Hello' }, 'embeddings')).toBe(true);
  });
});
