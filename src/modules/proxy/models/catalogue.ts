import type { CatalogueModel, UsdPerMillionTokens } from './model.js';

/** Changes with each change of a price below; ledger rows keep it. */
export const PRICE_VERSION = '2026-11-01';

type Prices = UsdPerMillionTokens | null;
type Images = CatalogueModel['imageTokens'];

/** This model bills an image at a multiple of what others do. */
const GPT_4O_MINI_IMAGES: Images = { low: 2_850, high: 48_500 };

/**
 * The models that are known without asking a provider: name, context in tokens, completion limit of a request that
 * names none, list prices in USD per million tokens (null: free at its provider, or not known).
 */
export const CATALOGUE: readonly CatalogueModel[] = [
  // OpenAI, before the GPT-4o line
  openai('gpt-3.5-turbo', 16_385, 2_048, usd(0.5, 1.5)),
  openai('gpt-4', 8_192, 2_048, usd(30, 60)),
  openai('gpt-4-turbo', 128_000, 4_096, usd(10, 30)),
  // OpenAI, GPT-4o and GPT-4.1
  openai('gpt-4o', 128_000, 4_096, usd(2.5, 10, 1.25)),
  openai('gpt-4o-2024-08-06', 128_000, 4_096, usd(2.5, 10, 1.25)),
  openai('gpt-4o-2024-11-20', 128_000, 4_096, usd(2.5, 10, 1.25)),
  openai('gpt-4o-mini', 128_000, 4_096, usd(0.15, 0.6, 0.075), GPT_4O_MINI_IMAGES),
  openai('gpt-4o-mini-2024-07-18', 128_000, 4_096, usd(0.15, 0.6, 0.075), GPT_4O_MINI_IMAGES),
  openai('chatgpt-4o-latest', 128_000, 4_096, usd(5, 15)),
  openai('gpt-4.1', 1_047_576, 4_096, usd(2, 8, 0.5)),
  openai('gpt-4.1-mini', 1_047_576, 4_096, usd(0.4, 1.6, 0.1)),
  openai('gpt-4.1-nano', 1_047_576, 4_096, usd(0.1, 0.4, 0.025)),
  // OpenAI, reasoning models
  openai('o1', 200_000, 8_192, usd(15, 60, 7.5)),
  openai('o3', 200_000, 8_192, usd(2, 8, 0.5)),
  openai('o3-mini', 200_000, 8_192, usd(1.1, 4.4, 0.55)),
  openai('o4-mini', 200_000, 8_192, usd(1.1, 4.4, 0.275)),
  openai('gpt-5', 400_000, 8_192, usd(1.25, 10, 0.125)),
  openai('gpt-5-mini', 400_000, 8_192, usd(0.25, 2, 0.025)),
  openai('gpt-5-nano', 400_000, 8_192, usd(0.05, 0.4, 0.005)),
  openai('gpt-5.1', 400_000, 8_192, usd(1.25, 10, 0.125)),
  openai('gpt-5.2', 400_000, 8_192, usd(1.75, 14, 0.175)),
  // The full models of these lines cost twice as much for prompts above 272,000 tokens; that is not modelled
  openai('gpt-5.4', 400_000, 8_192, usd(2.5, 15, 0.25)),
  openai('gpt-5.4-mini', 400_000, 8_192, usd(0.75, 4.5, 0.075)),
  openai('gpt-5.4-nano', 400_000, 8_192, usd(0.2, 1.25, 0.02)),
  openai('gpt-5.5', 400_000, 8_192, usd(5, 30, 0.5)),
  openai('gpt-5.6-luna', 400_000, 8_192, usd(0.2, 1.2, 0.02)),
  openai('gpt-5.6-sol', 400_000, 8_192, usd(5, 30, 0.5)),
  openai('gpt-5.6-terra', 400_000, 8_192, usd(2, 12, 0.2)),
  // OpenAI, embeddings: they complete nothing
  openai('text-embedding-3-small', 8_191, 0, usd(0.02, 0)),
  openai('text-embedding-3-large', 8_191, 0, usd(0.13, 0)),
  openai('text-embedding-ada-002', 8_191, 0, usd(0.1, 0)),
  // Cloudflare Workers AI
  cloudflare('@cf/meta/llama-3.1-8b-instruct', 'meta', 7_968, 2_048, usd(0.282, 0.827)),
  cloudflare('@cf/meta/llama-3-8b-instruct', 'meta', 7_968, 2_048, usd(0.282, 0.827)),
  cloudflare('@cf/mistral/mistral-7b-instruct-v0.1', 'mistral', 2_824, 2_048, usd(0.11, 0.19)),
  cloudflare('@cf/mistral/mistral-7b-instruct-v0.2', 'mistral', 3_072, 2_048, null),
  cloudflare('@cf/qwen/qwen1.5-7b-chat-awq', 'qwen', 20_000, 2_048, null),
  // Anthropic
  anthropic('claude-3-haiku-20240307', 200_000, 4_096, usd(0.25, 1.25, 0.03)),
  anthropic('claude-3-5-haiku-20241022', 200_000, 4_096, usd(0.8, 4, 0.08)),
  anthropic('claude-3-7-sonnet-20250219', 200_000, 4_096, usd(3, 15, 0.3)),
  anthropic('claude-haiku-4-5', 200_000, 4_096, usd(1, 5, 0.1)),
  anthropic('claude-sonnet-4-5', 200_000, 4_096, usd(3, 15, 0.3)),
  anthropic('claude-opus-4-1', 200_000, 4_096, usd(15, 75, 1.5)),
  anthropic('claude-opus-4-5', 200_000, 4_096, usd(5, 25, 0.5)),
  anthropic('claude-opus-4-6', 200_000, 4_096, usd(5, 25, 0.5)),
  anthropic('claude-opus-4-7', 200_000, 4_096, usd(5, 25, 0.5)),
  anthropic('claude-opus-4-8', 200_000, 4_096, usd(5, 25, 0.5)),
  anthropic('claude-sonnet-5', 200_000, 4_096, usd(3, 15, 0.3)),
  // OpenRouter
  openrouter('openai/gpt-3.5-turbo', 16_385, 2_048, usd(0.5, 1.5)),
  openrouter('openai/gpt-4', 8_191, 2_048, usd(30, 60)),
  openrouter('openai/gpt-4o', 128_000, 4_096, usd(2.5, 10, 1.25)),
  openrouter('openai/gpt-4o-mini', 128_000, 4_096, usd(0.15, 0.6, 0.075), GPT_4O_MINI_IMAGES),
  openrouter('openai/gpt-4.1', 1_047_576, 4_096, usd(2, 8, 0.5)),
  openrouter('openai/gpt-4.1-mini', 1_047_576, 4_096, usd(0.4, 1.6, 0.1)),
  openrouter('openai/gpt-5', 400_000, 8_192, usd(1.25, 10, 0.125)),
  openrouter('openai/gpt-5-mini', 400_000, 8_192, usd(0.25, 2, 0.025)),
  openrouter('anthropic/claude-haiku-4.5', 200_000, 4_096, usd(1, 5, 0.1)),
  openrouter('anthropic/claude-sonnet-4.5', 200_000, 4_096, usd(3, 15, 0.3)),
  openrouter('anthropic/claude-opus-4.5', 200_000, 4_096, usd(5, 25, 0.5)),
  openrouter('google/gemini-2.5-flash', 1_048_576, 8_192, usd(0.3, 2.5, 0.03)),
  openrouter('google/gemini-2.5-pro', 200_000, 8_192, usd(1.25, 10, 0.125)),
  openrouter('deepseek/deepseek-chat', 64_000, 4_096, usd(0.27, 1.1)),
];

function usd(input: number, output: number, cachedInput = input): UsdPerMillionTokens {
  return { input, output, cachedInput };
}

function openai(id: string, contextTokens: number, defaultCompletionTokens: number, usd: Prices, imageTokens?: Images) {
  return {
    id,
    ownedBy: 'openai',
    provider: 'openai',
    contextTokens,
    defaultCompletionTokens,
    usd,
    imageTokens,
  } as const;
}

function anthropic(id: string, contextTokens: number, defaultCompletionTokens: number, usd: Prices) {
  return { id, ownedBy: 'anthropic', provider: 'anthropic', contextTokens, defaultCompletionTokens, usd } as const;
}

function cloudflare(id: string, ownedBy: string, contextTokens: number, defaultCompletionTokens: number, usd: Prices) {
  return { id, ownedBy, provider: 'cloudflare', contextTokens, defaultCompletionTokens, usd } as const;
}

function openrouter(
  id: string,
  contextTokens: number,
  defaultCompletionTokens: number,
  usd: Prices,
  imageTokens?: Images,
) {
  const ownedBy = id.slice(0, id.indexOf('/'));
  return { id, ownedBy, provider: 'openrouter', contextTokens, defaultCompletionTokens, usd, imageTokens } as const;
}
