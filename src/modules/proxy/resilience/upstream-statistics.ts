import { Injectable } from '@nestjs/common';
import type { ModelTarget } from '../models/model.js';

/** Upper bounds in milliseconds; longer waits count in none of them. */
export const LATENCY_BOUNDS_MS = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000] as const;
/** Model names may come from a provider's own list: past this many, further targets are not counted. */
const MOST_TARGETS = 2_000;

export type TargetEvent = 'attempts' | 'failures' | 'retries' | 'fallbacks' | 'breakerOpenings';
type TargetName = Pick<ModelTarget, 'provider' | 'upstreamModel'>;

/** Counted since the start of the process, for one target. */
export interface TargetStatistics extends TargetName, Record<TargetEvent, number> {
  /** Calls sent, retries included. */
  attempts: number;
  failures: number;
  /** Calls that were sent to it once more. */
  retries: number;
  /** Calls that it got because a target before it failed or was passed over. */
  fallbacks: number;
  breakerOpenings: number;
  lastFailure: { readonly code: string; readonly at: Date } | null;
  /** From sending a call to its answer, or to the first content of its stream. */
  readonly latency: {
    answers: number;
    totalMs: number;
    longestMs: number;
    /** Answers within each of the bounds, not added up. */
    readonly within: number[];
  };
}

/** What happened to the attempts behind the calls. The ledger knows calls only. */
@Injectable()
export class UpstreamStatistics {
  readonly startedAt = new Date();
  private readonly targets = new Map<string, TargetStatistics>();

  count(target: TargetName, event: TargetEvent): void {
    const statistics = this.of(target);
    if (statistics !== undefined) statistics[event] += 1;
  }

  /** @param code ours, never the upstream's text */
  failed(target: TargetName, code: string): void {
    const statistics = this.of(target);
    if (statistics === undefined) return;
    statistics.failures += 1;
    statistics.lastFailure = { code, at: new Date() };
  }

  answered(target: TargetName, ms: number): void {
    const latency = this.of(target)?.latency;
    if (latency === undefined) return;
    latency.answers += 1;
    latency.totalMs += ms;
    latency.longestMs = Math.max(latency.longestMs, ms);
    const bound = LATENCY_BOUNDS_MS.findIndex((limit) => ms <= limit);
    if (bound >= 0) latency.within[bound] += 1;
  }

  /** Every target that was tried. */
  snapshot(): readonly Readonly<TargetStatistics>[] {
    return [...this.targets.values()];
  }

  private of({ provider, upstreamModel }: TargetName): TargetStatistics | undefined {
    const key = `${provider}\n${upstreamModel}`;
    let statistics = this.targets.get(key);
    if (statistics === undefined && this.targets.size < MOST_TARGETS) {
      statistics = {
        ...{ provider, upstreamModel, attempts: 0, failures: 0, retries: 0, fallbacks: 0, breakerOpenings: 0 },
        lastFailure: null,
        latency: { answers: 0, totalMs: 0, longestMs: 0, within: LATENCY_BOUNDS_MS.map(() => 0) },
      };
      this.targets.set(key, statistics);
    }
    return statistics;
  }
}
