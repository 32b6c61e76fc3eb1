import type { OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { toDomainError } from '../../../common/errors/to-domain-error.js';
import type { JsonObject } from '../json/json-object.js';
import type { AnswerEncoder } from '../dialects/dialect.js';
import type { AnswerRecording } from '../idempotency/answer-recording.js';
import type { CallEnd, MeteredCall } from '../metering/metered-call.js';
import type { CallWatch } from './call-watch.js';
import { ClientStream } from './client-stream.js';
import { SseEventTooLarge, SseParser } from './sse-parser.js';
import type { SseEvent } from './sse-parser.js';
import { failureError } from './call-failure.js';
import type { CallFailure } from './call-failure.js';
import type { StreamReader } from './stream-reader.js';

/** How a stream is read, written and kept, and how long it may be silent. */
export interface RelayOptions {
  readonly reader: StreamReader;
  readonly encoder: AnswerEncoder;
  /** Keeps the answer for duplicates of the request; null when nobody asked for that. */
  readonly recording: AnswerRecording | null;
  /** Longest silence of the upstream, and of a reader that takes nothing. */
  readonly idleTimeoutMs: number;
  readonly keepAliveMs: number;
}

const LARGEST_EVENT_BYTES = 16 * 1024 * 1024;
const KEEP_ALIVE = Buffer.from(': keep-alive\n\n');
/** After [DONE] the upstream may take this long to end its answer; then its connection is not worth keeping. */
const UPSTREAM_END_MS = 1_000;

/**
 * Passes one stream on to the client: whole events, in order, at the client's pace, in the words of the client's dialect;
 * where that is the upstream's, their bytes as they came. Reads usage and the tally on the way.
 *
 * gated: nothing is sent before the first content, so that a stream that dies first gets a true HTTP status.
 * open: events pass. A failure now ends the stream with an error event and without its usual end.
 * ended: the call is settled, and only then does the last byte go out.
 */
export class StreamRelay {
  private readonly logger = new Logger(StreamRelay.name);
  private state: 'gated' | 'open' | 'ended' = 'gated';
  private readonly parser = new SseParser(LARGEST_EVENT_BYTES);
  private readonly client: ClientStream;
  private readonly idle: NodeJS.Timeout;
  private readonly keepAlive: NodeJS.Timeout;
  /** Bytes that wait for the first content. */
  private gatedBytes: Buffer[] = [];
  private gatedSize = 0;
  private quietSinceLastTick = false;
  private resolve: () => void;
  private reject: (error: unknown) => void;

  constructor(
    private readonly source: Readable,
    private readonly reply: FastifyReply,
    private readonly call: MeteredCall,
    private readonly watch: CallWatch,
    private readonly options: RelayOptions,
  ) {
    const { idleTimeoutMs, keepAliveMs } = options;
    this.client = new ClientStream(reply.raw, idleTimeoutMs);
    this.client.onDrain = () => this.resume();
    this.idle = setTimeout(() => this.idleFor(), idleTimeoutMs).unref();
    this.keepAlive = setInterval(() => this.keepClientAlive(), keepAliveMs).unref();
  }

  /**
   * Resolves when the call is settled and its end is on the way to the client, whatever happened to the stream.
   * @throws DomainError when it failed before anything was sent: the call is not settled then, and needs an answer
   */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.source.on('data', (chunk: Buffer) => this.take(chunk));
      this.source.on('end', () => this.upstreamEnded());
      this.source.on('error', (error) => this.fail('connection_lost', error));
      this.source.on('close', () => this.fail('connection_lost'));
    });
  }

  private take(chunk: Buffer): void {
    if (this.state === 'ended') return;
    this.idle.refresh();
    this.quietSinceLastTick = false;
    const events = this.parse(chunk);
    if (events === undefined) this.fail('too_large');
    else this.pass(events);
  }

  private parse(chunk: Buffer): SseEvent[] | undefined {
    try {
      return this.parser.push(chunk);
    } catch (error) {
      if (error instanceof SseEventTooLarge) return undefined;
      throw error;
    }
  }

  private upstreamEnded(): void {
    if (this.state === 'ended') return;
    const last = this.parser.end();
    if (last !== null) this.pass([last]);
    this.fail('truncated');
  }

  /** Sends events on, as few writes as there are runs of neighbouring bytes. */
  private pass(events: readonly SseEvent[]): void {
    let run: Buffer | undefined;
    for (const event of events) {
      const step = this.options.reader.read(event);
      if (step.kind === 'done' || step.kind === 'failed') {
        if (run !== undefined) this.send(run);
        if (step.kind === 'done') this.complete(event.raw);
        else this.fail(step.failure);
        return;
      }
      const bytes =
        step.kind === 'chunk' ? this.encode(step.chunk, event.raw) : this.options.encoder.comment(event.raw);
      if (bytes === null) continue;
      const joined = run && joinNeighbours(run, bytes);
      if (run !== undefined && joined === undefined) this.send(run);
      run = joined ?? bytes;
    }
    if (run !== undefined) this.send(run);
  }

  private encode(chunk: JsonObject, raw: Buffer): Buffer | null {
    if (this.call.tally.addChunk(chunk)) this.openGate();
    return this.options.encoder.chunk(chunk, raw);
  }

  private send(bytes: Buffer): void {
    if (this.state === 'ended') return;
    if (this.state === 'gated') {
      this.gatedBytes.push(bytes);
      this.gatedSize += bytes.length;
      if (this.gatedSize > LARGEST_EVENT_BYTES) this.fail('too_large');
      return;
    }
    this.forward(bytes);
    if (this.client.blocked) this.source.pause();
  }

  private forward(bytes: Buffer): void {
    this.options.recording?.add(bytes);
    this.client.write(bytes);
  }

  private resume(): void {
    this.idle.refresh();
    if (this.state === 'open') this.source.resume();
  }

  private openGate(): void {
    if (this.state !== 'gated') return;
    this.state = 'open';
    this.call.firstTokenArrived();
    this.sendHead();
    for (const bytes of this.gatedBytes) this.forward(bytes);
    this.gatedBytes = [];
  }

  private sendHead(): void {
    this.reply.hijack();
    if (this.reply.raw.destroyed) return;
    const headers: OutgoingHttpHeaders = {
      ...(this.reply.getHeaders() as OutgoingHttpHeaders),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      'openai-processing-ms': String(this.call.elapsedMs()),
      'x-gatehouse-overhead-ms': String(this.call.overheadMs()),
    };
    this.reply.raw.writeHead(200, headers);
  }

  /** The upstream is done: bill, then let the client see the end. */
  private complete(done: Buffer): void {
    if (this.state === 'ended') return;
    this.openGate();
    this.stopTimers();
    this.state = 'ended';
    this.dismissUpstream();
    void this.settleAndEnd({ status: 'completed', httpStatus: 200, errorCode: null }, () => this.finalBytes(done));
  }

  private fail(failure: CallFailure, cause?: unknown): void {
    if (this.state === 'ended') return;
    const wasGated = this.state === 'gated';
    this.stopTimers();
    this.state = 'ended';
    this.source.on('error', () => undefined).destroy();
    const reason = this.watch.interruption ?? failure;
    if (reason === 'client_gone') {
      this.reply.hijack();
      void this.settleAndEnd({ status: 'client_aborted', httpStatus: 499, errorCode: 'client_aborted' }, null);
      return;
    }
    const error = failureError(reason, cause);
    if (wasGated) return this.reject(error);
    this.logger.warn({ err: cause ?? error, requestId: this.call.requestId, reason }, 'a stream broke off');
    const status = reason === 'lease_lost' ? 'interrupted' : 'upstream_error';
    const end = { status, httpStatus: 200, errorCode: error.details.code ?? null } as const;
    void this.settleAndEnd(end, () => this.options.encoder.error(error));
  }

  /** The end of a complete stream, kept for duplicates of the request before the client can see it. */
  private async finalBytes(done: Buffer): Promise<Buffer> {
    const { encoder, recording } = this.options;
    const bytes = await encoder.end(done);
    recording?.add(bytes);
    await recording?.keepStream();
    return bytes;
  }

  /** @param lastBytes what ends the stream once the bill is written; null when nobody is listening */
  private async settleAndEnd(end: CallEnd, lastBytes: (() => Buffer | Promise<Buffer>) | null): Promise<void> {
    const { encoder, recording } = this.options;
    let ending: Buffer | undefined;
    try {
      if (end.status === 'completed') await recording?.finishing();
      await this.call.settle(end);
      ending = await lastBytes?.();
    } catch (error) {
      // The bill is still on its way, but an end that looks complete would say that it has arrived.
      if (lastBytes !== null)
        ending = end.status === 'completed' ? encoder.error(toDomainError(error)) : await lastBytes();
    }
    if (ending !== undefined) this.client.end(ending);
    this.resolve();
  }

  private idleFor(): void {
    if (this.client.blocked) this.idle.refresh();
    else this.fail('idle_timeout');
  }

  private keepClientAlive(): void {
    if (this.quietSinceLastTick && this.state === 'open' && !this.client.blocked) this.client.write(KEEP_ALIVE);
    this.quietSinceLastTick = true;
  }

  private stopTimers(): void {
    clearTimeout(this.idle);
    clearInterval(this.keepAlive);
  }

  /** Reads the rest of an answer that has told its end, so that its connection can be used again. */
  private dismissUpstream(): void {
    const timer = setTimeout(() => this.source.destroy(), UPSTREAM_END_MS).unref();
    this.source.once('close', () => clearTimeout(timer));
    this.source.resume();
  }
}

/** Two views of the same memory, one behind the other, as one; undefined when they are not. */
function joinNeighbours(first: Buffer, second: Buffer): Buffer | undefined {
  const areNeighbours = first.buffer === second.buffer && first.byteOffset + first.length === second.byteOffset;
  return areNeighbours ? Buffer.from(first.buffer, first.byteOffset, first.length + second.length) : undefined;
}
