import type { IncomingHttpHeaders } from 'node:http';

/** What goes wrong with an answer. `afterChunks` (default 3) counts content chunks of a stream. */
export type UpstreamFault =
  /** An error answer; `body` replaces the usual error envelope, `secret` is quoted in its message. */
  | { kind: 'status'; status: number; body?: unknown; retryAfter?: string; secret?: string }
  /** An HTML error page, as proxies in front of providers send; `status` defaults to 502. */
  | { kind: 'html'; status?: number; secret?: string }
  /** TCP reset before the first byte. */
  | { kind: 'reset' }
  /** Never a byte; ends when the client leaves. */
  | { kind: 'hang' }
  /** The connection is closed in mid-answer, politely (FIN). */
  | { kind: 'truncate'; afterChunks?: number }
  /** TCP reset in mid-answer. */
  | { kind: 'midreset'; afterChunks?: number }
  /** An error event in mid-stream, then the end without [DONE]. A JSON answer becomes a 500. */
  | { kind: 'miderror'; afterChunks?: number; secret?: string }
  /** Broken JSON: the whole body of a JSON answer, or one more event of an otherwise good stream. */
  | { kind: 'malformed'; afterChunks?: number }
  /** Silence in mid-answer; ends when the client leaves. */
  | { kind: 'stall'; afterChunks?: number }
  /** A JSON answer whose content-length promises more than is sent. A stream is truncated. */
  | { kind: 'badlength' };

export interface UpstreamToolCall {
  name: string;
  /** The JSON text of the arguments; an object is serialised. */
  arguments: string | Record<string, unknown>;
}

/** How the fake answers one request. Times are milliseconds. */
export interface UpstreamBehaviour {
  /** Text of each chunk (repeated `chunkCount` times), or the list of chunks itself. A JSON answer holds them joined. */
  content: string | readonly string[];
  chunkCount: number;
  /** Answer with this tool call instead of text. */
  toolCall?: UpstreamToolCall;
  /** Wait before a JSON answer. */
  latencyMs: number;
  /** Wait before the headers of a stream. */
  firstChunkMs: number;
  /** Wait between the chunks of a stream. */
  chunkDelayMs: number;
  /** A number, or `request`: a quarter of the request body's bytes, rounded up. */
  promptTokens: number | 'request';
  /** A number, `chunks`: one per content chunk, or `max_tokens`: exactly what the request allowed, times `n`. */
  completionTokens: number | 'chunks' | 'max_tokens';
  cachedTokens: number;
  reasoningTokens: number;
  /** Whether usage is told: `asked` follows `stream_options.include_usage` (JSON answers always tell it). */
  usage: 'always' | 'asked' | 'never';
  /** Where a stream tells it: an own event with empty choices, the finish event, or running on every event. */
  usagePlace: 'final' | 'last' | 'every';
  /** Told instead of the true usage; the counters keep the truth. */
  toldUsage?: unknown;
  /** Adds one content chunk of this many bytes: one huge SSE line. */
  hugeLineBytes: number;
  /** Cut every event of a stream in two writes, inside a multi-byte character where there is one. */
  oddSplits: boolean;
  crlf: boolean;
  /** A comment before every event. */
  comments: boolean;
  /** Whether a stream ends with [DONE]. */
  done: boolean;
  /** More headers on the answer. */
  headers: Record<string, string>;
  fault?: UpstreamFault;
}

export const DEFAULT_BEHAVIOUR: Readonly<UpstreamBehaviour> = {
  content: 'token ',
  chunkCount: 5,
  latencyMs: 0,
  firstChunkMs: 0,
  chunkDelayMs: 0,
  promptTokens: 25,
  completionTokens: 'chunks',
  cachedTokens: 0,
  reasoningTokens: 0,
  usage: 'always',
  usagePlace: 'final',
  hugeLineBytes: 0,
  oddSplits: false,
  crlf: false,
  comments: false,
  done: true,
  headers: {},
};

export interface TokenCounts {
  promptTokens: number;
  completionTokens: number;
}

/** `faulted`: ended by an injected fault. `aborted`: the client left first. */
export type UpstreamOutcome = 'open' | 'completed' | 'aborted' | 'faulted';

export interface UpstreamRequest {
  /** 1 for the first request since the start (or the last `reset`). */
  index: number;
  method: string;
  /** Path and query as received. */
  path: string;
  headers: IncomingHttpHeaders;
  rawBody: Buffer;
  /** The parsed body; `undefined` when there is none or it is not a JSON object. */
  json: Record<string, unknown> | undefined;
  /** Epoch milliseconds. */
  receivedAt: number;
  endedAt?: number;
  outcome: UpstreamOutcome;
  /** Content chunks written, for a stream. */
  chunksWritten: number;
  /** What a provider bills for the whole answer, told or not; set once the answer is planned. */
  billed?: TokenCounts;
}

/** The texts of the answer's content chunks. */
export function contentChunks(behaviour: UpstreamBehaviour): string[] {
  const { content, chunkCount, hugeLineBytes } = behaviour;
  const chunks = typeof content === 'string' ? Array<string>(chunkCount).fill(content) : [...content];
  return hugeLineBytes > 0 ? [...chunks, 'x'.repeat(hugeLineBytes)] : chunks;
}

/** The pieces in which a stream sends the arguments of a tool call. */
export function argumentChunks(toolCall: UpstreamToolCall): string[] {
  const text = argumentText(toolCall);
  const size = Math.max(1, Math.ceil(text.length / 4));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}

export function argumentText({ arguments: given }: UpstreamToolCall): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function positiveNumber(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value : undefined;
}

/** What the provider bills for a completion of this request. */
export function billFor(request: UpstreamRequest, behaviour: UpstreamBehaviour): TokenCounts {
  const { promptTokens, completionTokens, toolCall } = behaviour;
  const chunks = toolCall ? argumentChunks(toolCall).length : contentChunks(behaviour).length;
  const allowed = positiveNumber(request.json?.max_completion_tokens) ?? positiveNumber(request.json?.max_tokens);
  const completion =
    completionTokens === 'chunks'
      ? chunks
      : completionTokens === 'max_tokens'
        ? (allowed ?? chunks) * (positiveNumber(request.json?.n) ?? 1)
        : completionTokens;
  return {
    promptTokens: promptTokens === 'request' ? Math.ceil(request.rawBody.length / 4) : promptTokens,
    completionTokens: completion,
  };
}

/** The wire form of a usage object. */
export function usageObject(bill: TokenCounts, behaviour: UpstreamBehaviour): Record<string, unknown> {
  const { cachedTokens, reasoningTokens } = behaviour;
  return {
    prompt_tokens: bill.promptTokens,
    completion_tokens: bill.completionTokens,
    total_tokens: bill.promptTokens + bill.completionTokens,
    ...(cachedTokens > 0 && { prompt_tokens_details: { cached_tokens: cachedTokens } }),
    ...(reasoningTokens > 0 && { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}
