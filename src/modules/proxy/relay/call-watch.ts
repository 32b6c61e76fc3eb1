import type { ServerResponse } from 'node:http';

/** What ends a call from outside. */
export type Interruption = 'client_gone' | 'lease_lost' | 'total_timeout';

/** Ends the upstream call when the client leaves, the hold is lost, or the call takes too long. The first reason counts. */
export class CallWatch {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private reason: Interruption | null = null;
  private readonly onClose = () => this.interrupt('client_gone');
  private readonly onLost = () => this.interrupt('lease_lost');

  constructor(
    private readonly response: ServerResponse,
    private readonly lost: AbortSignal,
    totalTimeoutMs: number,
  ) {
    this.timer = setTimeout(() => this.interrupt('total_timeout'), totalTimeoutMs).unref();
    response.once('close', this.onClose);
    lost.addEventListener('abort', this.onLost, { once: true });
    if (response.destroyed || response.closed) this.onClose();
    if (lost.aborted) this.onLost();
  }

  /** Aborts when the call is interrupted. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get interruption(): Interruption | null {
    return this.reason;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.response.off('close', this.onClose);
    this.lost.removeEventListener('abort', this.onLost);
  }

  private interrupt(reason: Interruption): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.controller.abort();
  }
}
