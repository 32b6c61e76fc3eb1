import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../../config/config.js';
import { OpenAiCompatibleProvider } from './openai-compatible/openai-compatible.provider.js';
import type { OpenAiCompatibleOptions } from './openai-compatible/openai-compatible.provider.js';
import type { Provider, ProviderName } from './provider.js';
import { SimulatorProvider } from './simulator/simulator.provider.js';

const OPENAI_HOST = 'api.openai.com';
/** OpenRouter shows these to its account's owner. */
const OPENROUTER_HEADERS = { 'http-referer': 'http://localhost', 'x-title': 'Gatehouse' };

/** The providers that are configured. With none at all, outside production, there is the simulator alone. */
@Injectable()
export class ProviderRegistry implements OnApplicationShutdown {
  private readonly providers: ReadonlyMap<ProviderName, Provider>;

  constructor(@Inject(Config) config: Config) {
    const providers: Provider[] = configured(config).map((options) => {
      return new OpenAiCompatibleProvider(options, config.upstream);
    });
    const nothingConfigured = providers.length === 0 && config.providers.anthropic.apiKey === undefined;
    if (nothingConfigured && !config.production) providers.push(new SimulatorProvider());
    this.providers = new Map(providers.map((provider) => [provider.name, provider]));
  }

  get(name: ProviderName): Provider | undefined {
    return this.providers.get(name);
  }

  all(): Iterable<Provider> {
    return this.providers.values();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.providers.values()].map((provider) => provider.close()));
  }
}

function configured({ providers }: Config): OpenAiCompatibleOptions[] {
  const { openai, openrouter, cloudflare } = providers;
  const options: OpenAiCompatibleOptions[] = [];
  const isOpenAiItself = new URL(openai.baseUrl).hostname === OPENAI_HOST;
  if (openai.apiKey !== undefined || !isOpenAiItself) {
    options.push({ name: 'openai', ...openai, servesUnlistedNames: !isOpenAiItself });
  }
  if (openrouter.apiKey !== undefined) {
    options.push({ name: 'openrouter', ...openrouter, headers: OPENROUTER_HEADERS });
  }
  if (cloudflare.apiKey !== undefined && cloudflare.accountId !== undefined) {
    const baseUrl = `${withoutTrailingSlash(cloudflare.baseUrl)}/accounts/${encodeURIComponent(cloudflare.accountId)}/ai/v1`;
    options.push({ name: 'cloudflare', apiKey: cloudflare.apiKey, baseUrl });
  }
  return options;
}

function withoutTrailingSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
