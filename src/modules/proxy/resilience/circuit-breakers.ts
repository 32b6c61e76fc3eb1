import { Inject, Injectable } from '@nestjs/common';
import { Config } from '../../../config/config.js';
import type { Provider } from '../providers/provider.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** One breaker per target. A provider whose settings changed is another provider, and starts with closed ones. */
@Injectable()
export class CircuitBreakers {
  private readonly breakers = new WeakMap<Provider, Map<string, CircuitBreaker>>();

  constructor(@Inject(Config) private readonly config: Config) {}

  of(provider: Provider, upstreamModel: string): CircuitBreaker {
    const ofProvider = this.breakers.get(provider) ?? new Map<string, CircuitBreaker>();
    this.breakers.set(provider, ofProvider);
    let breaker = ofProvider.get(upstreamModel);
    if (breaker === undefined) {
      breaker = new CircuitBreaker(this.config.upstream.probeIntervalMs);
      ofProvider.set(upstreamModel, breaker);
    }
    return breaker;
  }
}
