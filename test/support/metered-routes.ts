import { chat } from './gateway.js';

const { messages } = chat();
const MODEL = 'gpt-4o-mini';
const CLAUDE = { model: MODEL, max_tokens: 50, messages };
const OPENAI = [
  ['chat/completions', { ...chat() }],
  ['chat/completions', chat({ stream: true })],
  ['completions', { model: MODEL, prompt: 'Hello' }],
  ['completions', { model: MODEL, prompt: 'Hello', stream: true }],
  ['embeddings', { model: 'text-embedding-3-small', input: 'Hello' }],
  ['responses', { model: MODEL, input: 'Hello' }],
  ['responses', { model: MODEL, input: 'Hello', stream: true }],
  ['messages', CLAUDE],
  ['messages', { ...CLAUDE, stream: true }],
] as const;

/** Every metered route, as JSON and as a stream where it has both. */
export const METERED_ROUTES: readonly (readonly [string, Record<string, unknown>])[] = [
  ...OPENAI.map(([path, body]) => [`/v1/${path}`, { ...body }] as const),
  ...OPENAI.map(([path, body]) => [`/api/v1/${path}`, { ...body }] as const),
  ['/api/v1/chat/completions', { ...chat(), task_id: 1 }],
  ['/api/ai/chat', { messages }],
  ['/api/ai/chat/stream', { messages }],
  ['/chat/completions', { messages }],
  ['/api/chat/stream', { messages }],
  ['/api/chat/stream', { messages, stream: false }],
  ['/api/v1/chat', { messages }],
  ['/api/v1/chat/stream', { messages }],
  ['/api/v1/summarize', { text: 'A text that is long enough.' }],
  ['/api/v1/translate', { text: 'Hello', target_language: 'Spanish' }],
];
