import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { CircuitBreakers } from '../resilience/circuit-breakers.js';
import { LATENCY_BOUNDS_MS, UpstreamStatistics } from '../resilience/upstream-statistics.js';
import type { TargetStatistics } from '../resilience/upstream-statistics.js';
import type { UpstreamsDto, UpstreamTargetDto } from './upstreams.dto.js';

/** How the upstreams do, as this process sees them. */
@Injectable()
export class UpstreamStatusService {
  constructor(
    @Inject(UpstreamStatistics) private readonly statistics: UpstreamStatistics,
    @Inject(CircuitBreakers) private readonly breakers: CircuitBreakers,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
  ) {}

  describe(): UpstreamsDto {
    return {
      instance: `${hostname()}:${process.pid}`,
      since: this.statistics.startedAt,
      providers: this.providers.all().map(({ name }) => name),
      targets: this.statistics.snapshot().map((target) => this.describeTarget(target)),
    };
  }

  private describeTarget(target: TargetStatistics): UpstreamTargetDto {
    const { provider, upstreamModel, latency, lastFailure } = target;
    const running = this.providers.get(provider);
    return {
      provider,
      model: upstreamModel,
      breaker: running === undefined ? 'gone' : this.breakers.of(running, upstreamModel).isOpen ? 'open' : 'closed',
      attempts: target.attempts,
      failures: target.failures,
      retries: target.retries,
      fallbacks: target.fallbacks,
      breaker_openings: target.breakerOpenings,
      last_failure: lastFailure,
      latency_ms: {
        answers: latency.answers,
        mean: latency.answers === 0 ? null : Math.round(latency.totalMs / latency.answers),
        longest: latency.answers === 0 ? null : Math.round(latency.longestMs),
        within: Object.fromEntries(LATENCY_BOUNDS_MS.map((bound, place) => [bound, addedUp(latency.within, place)])),
      },
    };
  }
}

function addedUp(counts: readonly number[], place: number): number {
  return counts.slice(0, place + 1).reduce((sum, count) => sum + count, 0);
}
