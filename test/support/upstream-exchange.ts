import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpstreamOutcome, UpstreamRequest } from './upstream-behaviour.js';

/** One request on the wire: waits, writes with back-pressure, cuts; and finds out how it ended. */
export class Exchange {
  /** Resolves when the answer is handed to the system, cut, or left by the client. */
  readonly ended: Promise<UpstreamOutcome>;
  private readonly left = new AbortController();
  private intended: 'completed' | 'faulted' = 'completed';

  constructor(
    readonly request: UpstreamRequest,
    private readonly response: ServerResponse,
  ) {
    this.ended = new Promise((resolve) => {
      response.once('finish', () => resolve(this.intended));
      response.once('close', () => {
        this.left.abort();
        resolve(this.intended === 'faulted' ? 'faulted' : 'aborted');
      });
    });
  }

  /** True as soon as nobody reads any more. */
  get gone(): boolean {
    return this.left.signal.aborted || this.response.destroyed;
  }

  /** From now on the end counts as a fault of ours, whatever the client does. */
  expectFault(): void {
    this.intended = 'faulted';
  }

  head(status: number, headers: Record<string, string>): void {
    this.response.writeHead(status, headers);
  }

  /** Waits; returns early when the client leaves. */
  async pause(ms: number): Promise<void> {
    if (ms > 0 && !this.gone) await this.unlessGone(sleep(ms, undefined, { signal: this.left.signal }));
  }

  /** Waits for the promise or for the client to leave, whichever comes first. */
  async waitFor(promise: Promise<void>): Promise<void> {
    if (!this.gone) await Promise.race([promise, this.leaving()]);
  }

  /** Waits until the client leaves. */
  async leaving(): Promise<void> {
    if (this.gone) return;
    await new Promise<void>((resolve) => this.left.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /** Writes, and waits until the reader has room for more. */
  async write(bytes: Buffer | string): Promise<void> {
    if (this.gone || this.response.write(bytes)) return;
    await new Promise<void>((resolve) => {
      const proceed = (): void => {
        this.response.off('drain', proceed).off('close', proceed);
        resolve();
      };
      this.response.on('drain', proceed).on('close', proceed);
    });
  }

  end(body?: string): void {
    if (!this.gone) this.response.end(body);
  }

  /** Ends the connection without ending the answer: `reset` sends RST, `close` sends what is written and then FIN. */
  cut(how: 'reset' | 'close'): void {
    this.expectFault();
    const socket = this.response.socket;
    if (how === 'reset') socket?.resetAndDestroy();
    else socket?.end(() => socket.destroy());
  }

  private async unlessGone(wait: Promise<unknown>): Promise<void> {
    try {
      await wait;
    } catch (error) {
      if (!this.gone) throw error;
    }
  }
}
