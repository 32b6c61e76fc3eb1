import { Injectable } from '@nestjs/common';

/** Counted since the start of the process, for one provider. */
export interface ProviderStatistics {
  /** Calls sent, retries included. */
  attempts: number;
  failures: number;
  /** Calls that were sent to it once more. */
  retries: number;
  /** Calls that it got because a target before it failed or was passed over. */
  fallbacks: number;
  /** How often one of its breakers opened. */
  breakerOpenings: number;
}

/** What happened to the attempts behind the calls. The ledger knows calls only. */
@Injectable()
export class UpstreamStatistics {
  private readonly byProvider = new Map<string, ProviderStatistics>();

  count(provider: string, event: keyof ProviderStatistics): void {
    let statistics = this.byProvider.get(provider);
    if (statistics === undefined) {
      statistics = { attempts: 0, failures: 0, retries: 0, fallbacks: 0, breakerOpenings: 0 };
      this.byProvider.set(provider, statistics);
    }
    statistics[event] += 1;
  }

  /** By provider name. */
  snapshot(): ReadonlyMap<string, Readonly<ProviderStatistics>> {
    return this.byProvider;
  }
}
