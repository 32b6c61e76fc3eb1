import { Logger } from '@nestjs/common';
import type { Provider } from '../providers/provider.js';

const KEEP_MS = 10 * 60_000;
const KEEP_FAILURE_MS = 30_000;

interface CachedList {
  readonly ids: Promise<ReadonlySet<string>>;
  expiresAt: number;
}

/** Model lists of the providers, fetched on demand. A provider that cannot be asked has an empty list for a while. */
export class ModelListCache {
  private readonly logger = new Logger(ModelListCache.name);
  private readonly lists = new WeakMap<Provider, CachedList>();

  /** Names that the provider offers. Never rejects. Questions that come together share one request. */
  idsOf(provider: Provider): Promise<ReadonlySet<string>> {
    const cached = this.lists.get(provider);
    if (cached !== undefined && cached.expiresAt > Date.now()) return cached.ids;
    const list: CachedList = { ids: this.fetch(provider), expiresAt: Infinity };
    this.lists.set(provider, list);
    return list.ids;
  }

  private async fetch(provider: Provider): Promise<ReadonlySet<string>> {
    try {
      const ids = await provider.listModels();
      this.keepFor(provider, KEEP_MS);
      return new Set(ids);
    } catch (error) {
      this.logger.warn({ err: error, provider: provider.name }, 'the model list of a provider cannot be fetched');
      this.keepFor(provider, KEEP_FAILURE_MS);
      return new Set();
    }
  }

  private keepFor(provider: Provider, ms: number): void {
    const list = this.lists.get(provider);
    if (list !== undefined) list.expiresAt = Date.now() + ms;
  }
}
