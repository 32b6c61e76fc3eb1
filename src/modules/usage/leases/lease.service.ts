import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import { Config } from '../../../config/config.js';
import { HotDatabase } from '../../../database/hot-database.js';
import { plainArray } from '../../../database/postgres-array.js';
import type { Hold, Lease } from '../admission/admission.types.js';

const TICK_MS = 250;
/** A running call's tally is stored at least this often, so that an orphan is billed close to what it used. */
const LONGEST_CHECKPOINT_MS = 5_000;

const RENEW = {
  name: 'gatehouse_renew',
  text: 'SELECT gatehouse_renew($1::int[], $2::uuid[], $3::int[], $4::int) AS id',
};

interface RunningCall {
  readonly hold: Hold;
  readonly completionTokensSoFar: () => number;
  readonly lost: AbortController;
  dispatched: boolean;
  nextRenewalAt: number;
}

/** Renews the holds of running calls and stores how far they are. One statement for all calls that are due. */
@Injectable()
export class LeaseService implements OnModuleDestroy {
  private readonly logger = new Logger(LeaseService.name);
  private readonly running = new Map<string, RunningCall>();
  private readonly renewEveryMs: number;
  private timer: NodeJS.Timeout | undefined;
  private renewing = false;

  constructor(
    @Inject(HotDatabase) private readonly database: HotDatabase,
    @Inject(Config) private readonly config: Config,
  ) {
    this.renewEveryMs = Math.min(LONGEST_CHECKPOINT_MS, (config.limits.holdLeaseSeconds * 1000) / 3);
  }

  /** Watches a call until `stop`. Nothing is written for a call that ends within the first tick. */
  start(hold: Hold, completionTokensSoFar: () => number): Lease & { stop(): void } {
    const { requestId } = hold.request;
    const call: RunningCall = {
      hold,
      completionTokensSoFar,
      lost: new AbortController(),
      dispatched: false,
      nextRenewalAt: Infinity,
    };
    this.running.set(requestId, call);
    this.timer ??= setInterval(() => void this.tick(), TICK_MS).unref();
    return {
      lost: call.lost.signal,
      dispatched: () => {
        call.dispatched = true;
        call.nextRenewalAt = performance.now() + TICK_MS;
      },
      stop: () => this.running.delete(requestId),
    };
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async tick(): Promise<void> {
    if (this.renewing) return;
    const now = performance.now();
    const due = [...this.running.values()].filter((call) => call.nextRenewalAt <= now);
    if (due.length === 0) return;
    this.renewing = true;
    try {
      await this.renew(due);
      for (const call of due) call.nextRenewalAt = now + this.renewEveryMs;
    } catch (error) {
      // Tried again at the next tick: the lease outlives several failures.
      this.logger.warn({ err: error, calls: due.length }, 'leases could not be renewed');
    } finally {
      this.renewing = false;
    }
  }

  private async renew(due: RunningCall[]): Promise<void> {
    const rows = await this.database.query<{ id: string }>(RENEW, [
      plainArray(due.map((call) => call.hold.request.userId)),
      plainArray(due.map((call) => call.hold.request.requestId)),
      plainArray(due.map((call) => call.completionTokensSoFar())),
      this.config.limits.holdLeaseSeconds,
    ]);
    const standing = new Set(rows.map((row) => row.id));
    for (const call of due) {
      const { requestId } = call.hold.request;
      // A call that was settled meanwhile is no longer in the map; one that is still running has lost its hold.
      if (!standing.has(requestId) && this.running.delete(requestId)) call.lost.abort();
    }
  }
}
