import type { ServerResponse } from 'node:http';

/** Written in pieces of this size, so that a reader of one huge event shows its progress. */
const PIECE_BYTES = 256 * 1024;

/**
 * The client's side of a stream. Takes bytes at any time, never more of them at the socket than it can hold, and tells
 * when the reader is behind. A reader that takes nothing for `stallTimeoutMs` is hung up.
 */
export class ClientStream {
  /** Called when a reader that was behind has caught up. */
  onDrain: () => void = () => undefined;
  private readonly waiting: Buffer[] = [];
  private isBlocked = false;
  private isEnding = false;
  private readonly stall: NodeJS.Timeout;

  constructor(
    private readonly response: ServerResponse,
    stallTimeoutMs: number,
  ) {
    this.stall = setTimeout(() => this.hangUpIfStalled(), stallTimeoutMs).unref();
    response.on('drain', () => this.drained());
    response.on('finish', () => clearTimeout(this.stall));
    response.once('close', () => clearTimeout(this.stall));
  }

  /** The reader is behind: whoever produces should pause until `onDrain`. */
  get blocked(): boolean {
    return this.isBlocked;
  }

  write(bytes: Buffer): void {
    if (this.response.destroyed || bytes.length === 0) return;
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) this.waiting.push(bytes.subarray(at, at + PIECE_BYTES));
    this.pump();
  }

  /** Writes the last bytes; the response ends when all of them are taken. */
  end(bytes: Buffer): void {
    this.isEnding = true;
    this.write(bytes);
    this.pump();
  }

  private pump(): void {
    while (!this.isBlocked && this.waiting.length > 0 && !this.response.destroyed) {
      this.isBlocked = !this.response.write(this.waiting.shift());
      if (this.isBlocked) this.stall.refresh();
    }
    if (this.isEnding && this.waiting.length === 0 && !this.response.destroyed && !this.response.writableEnded) {
      this.stall.refresh();
      this.response.end();
    }
  }

  private drained(): void {
    this.isBlocked = false;
    this.pump();
    if (!this.isBlocked && !this.isEnding) this.onDrain();
  }

  private hangUpIfStalled(): void {
    if (this.isBlocked || this.isEnding) this.response.destroy();
    else this.stall.refresh();
  }
}
