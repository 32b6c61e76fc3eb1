import { setImmediate as nextTurn } from 'node:timers/promises';
import type { UpstreamBehaviour } from './upstream-behaviour.js';
import type { Exchange } from './upstream-exchange.js';

/** A place inside a multi-byte character if there is one, else an odd byte near the middle. */
function oddPlace(bytes: Buffer): number {
  const lead = bytes.findIndex((byte) => byte >= 0xc0);
  return lead >= 0 ? lead + 1 : (bytes.length >> 1) | 1;
}

/** Writes server-sent events in the spelling that the behaviour asks for. */
export class EventWriter {
  constructor(
    private readonly exchange: Exchange,
    private readonly style: Pick<UpstreamBehaviour, 'crlf' | 'comments' | 'oddSplits'>,
  ) {}

  async send(data: string): Promise<void> {
    const newline = this.style.crlf ? '\r\n' : '\n';
    const comment = this.style.comments ? `: keep-alive${newline}${newline}` : '';
    const bytes = Buffer.from(`${comment}data: ${data}${newline}${newline}`);
    if (!this.style.oddSplits) return this.exchange.write(bytes);
    const place = oddPlace(bytes);
    await this.exchange.write(bytes.subarray(0, place));
    await nextTurn();
    await this.exchange.write(bytes.subarray(place));
  }
}
