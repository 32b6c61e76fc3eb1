import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Config } from '../../../config/config.js';
import type { ProviderSettings } from '../../../config/gateway/gateway-settings.js';
import { AnthropicProvider } from './anthropic/anthropic.provider.js';
import type { UpstreamTimeouts } from './http/upstream-http.js';
import { OpenAiCompatibleProvider } from './openai-compatible/openai-compatible.provider.js';
import type { Provider, ProviderName } from './provider.js';
import { SimulatorProvider } from './simulator/simulator.provider.js';

interface RunningProvider {
  readonly provider: Provider;
  /** Null: the simulator. */
  readonly settings: ProviderSettings | null;
}

/** The providers that are configured. With none at all, outside production, there is the simulator alone. */
@Injectable()
export class ProviderRegistry implements OnApplicationShutdown {
  private readonly logger = new Logger(ProviderRegistry.name);
  private running: ReadonlyMap<ProviderName, RunningProvider> = new Map();

  constructor(@Inject(Config) private readonly config: Config) {
    this.configure(config.gateway.settings.providers);
  }

  get(name: ProviderName): Provider | undefined {
    return this.running.get(name)?.provider;
  }

  all(): Provider[] {
    return [...this.running.values()].map(({ provider }) => provider);
  }

  /** From now on there are these. Those whose settings are the same go on; calls under way on the others come to their end. */
  configure(settings: readonly ProviderSettings[]): void {
    const before = this.running;
    const wanted = settings.map((each) => {
      const same = before.get(each.name);
      return same !== undefined && isDeepStrictEqual(same.settings, each) ? same : this.start(each);
    });
    if (wanted.length === 0 && !this.config.production) wanted.push(before.get('simulator') ?? this.simulator());
    this.running = new Map(wanted.map((each) => [each.provider.name, each]));
    for (const { provider } of before.values()) {
      if (this.get(provider.name) !== provider) this.retire(provider);
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.all().map((provider) => provider.close()));
  }

  private start(settings: ProviderSettings): RunningProvider {
    const { name, kind, baseUrl, apiKeys, headers, servesUnlistedNames } = settings;
    const address = { name, baseUrl, apiKeys, headers, timeouts: this.timeoutsOf(settings) };
    const provider =
      kind === 'anthropic'
        ? new AnthropicProvider(address)
        : new OpenAiCompatibleProvider({ ...address, servesUnlistedNames });
    return { provider, settings };
  }

  private simulator(): RunningProvider {
    return { provider: new SimulatorProvider(), settings: null };
  }

  private timeoutsOf({ connectTimeoutMs, firstByteTimeoutMs }: ProviderSettings): UpstreamTimeouts {
    const usual = this.config.upstream;
    return {
      connectTimeoutMs: connectTimeoutMs ?? usual.connectTimeoutMs,
      firstByteTimeoutMs: firstByteTimeoutMs ?? usual.firstByteTimeoutMs,
      idleTimeoutMs: usual.idleTimeoutMs,
    };
  }

  private retire(provider: Provider): void {
    provider.retire().catch((error: unknown) => {
      this.logger.warn(
        { err: error, provider: provider.name },
        'a provider that is no longer configured did not end well',
      );
    });
  }
}
