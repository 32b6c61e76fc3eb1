import type { Environment } from '../environment.js';
import type { ProviderKind, ProviderSettings } from './gateway-settings.js';

const OPENAI_HOST = 'api.openai.com';
/** OpenRouter shows these to its account's owner. */
const OPENROUTER_HEADERS = { 'http-referer': 'http://localhost', 'x-title': 'Gatehouse' };

/** The base URL of each kind, where a provider names none. */
export const BASE_URLS: Readonly<Record<ProviderKind, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
  openrouter: 'https://openrouter.ai/api/v1',
  cloudflare: 'https://api.cloudflare.com/client/v4',
};

/** The providers that the environment configures, each named for its kind. */
export function environmentProviders(env: Environment): ProviderSettings[] {
  const providers: ProviderSettings[] = [];
  if (env.OPENAI_API_KEY !== undefined || !isOpenAiItself(env.OPENAI_BASE_URL)) {
    providers.push(provider('openai', env.OPENAI_BASE_URL, env.OPENAI_API_KEY));
  }
  if (env.OPENROUTER_API_KEY !== undefined) {
    providers.push(provider('openrouter', env.OPENROUTER_BASE_URL, env.OPENROUTER_API_KEY));
  }
  if (env.CLOUDFLARE_API_KEY !== undefined && env.CLOUDFLARE_ACCOUNT_ID !== undefined) {
    const baseUrl = cloudflareUrl(env.CLOUDFLARE_BASE_URL, env.CLOUDFLARE_ACCOUNT_ID);
    providers.push(provider('cloudflare', baseUrl, env.CLOUDFLARE_API_KEY));
  }
  if (env.ANTHROPIC_API_KEY !== undefined) {
    providers.push(provider('anthropic', env.ANTHROPIC_BASE_URL, env.ANTHROPIC_API_KEY));
  }
  return providers;
}

/** Where a Cloudflare account speaks OpenAI's protocol. */
export function cloudflareUrl(baseUrl: string, accountId: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/accounts/${encodeURIComponent(accountId)}/ai/v1`;
}

/** Headers that a kind of provider is sent with every call. */
export function headersOfKind(kind: ProviderKind): Readonly<Record<string, string>> {
  return kind === 'openrouter' ? OPENROUTER_HEADERS : {};
}

/** An OpenAI-compatible server of the operator's own has models of any name; OpenAI itself has not. */
export function servesUnlistedNames(kind: ProviderKind, baseUrl: string): boolean {
  return kind === 'openai' && !isOpenAiItself(baseUrl);
}

function provider(kind: ProviderKind, baseUrl: string, apiKey: string | undefined): ProviderSettings {
  return {
    name: kind,
    kind,
    baseUrl,
    apiKeys: apiKey === undefined ? [] : [apiKey],
    headers: headersOfKind(kind),
    servesUnlistedNames: servesUnlistedNames(kind, baseUrl),
    connectTimeoutMs: null,
    firstByteTimeoutMs: null,
  };
}

function isOpenAiItself(baseUrl: string): boolean {
  return new URL(baseUrl).hostname === OPENAI_HOST;
}
