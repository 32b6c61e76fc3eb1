import type { IncomingHttpHeaders } from 'node:http';
import type { DomainError } from '../../../common/errors/domain-error.js';
import type { Config } from '../../../config/config.js';
import type { JsonObject } from '../json/json-object.js';
import type { MeteredCall } from '../metering/metered-call.js';
import type { Provider, UpstreamCall, WireFormat } from '../providers/provider.js';
import type { ChatRequest } from './openai-chat/chat-request.js';

/** A request body, parsed and as it came. */
export interface WireRequest {
  readonly body: unknown;
  /** Undefined when there was none. */
  readonly rawBody: Buffer | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** One target of an admitted call. */
export interface TargetTerms {
  readonly provider: Pick<Provider, 'speaks'>;
  readonly upstreamModel: string;
  /** For each choice. */
  readonly completionTokensAllowed: number;
}

/** What an encoder may ask while it writes an answer. */
export interface AnswerContext {
  readonly call: MeteredCall;
  /** What the upstream's answer is in. */
  readonly format: WireFormat;
  /** What the account has left after this call, in tokens; null when nothing limits it. */
  tokensLeft(): Promise<number | null>;
}

/** One wire format of the client's side. Chosen by the route, never by looking at the body. */
export interface Dialect {
  /** @throws DomainError in the words and with the status that this format documents */
  decode(request: WireRequest, config: Config): ChatRequest;
  /** What goes to one target; undefined when the target cannot serve the call. */
  upstreamCall(request: ChatRequest, target: TargetTerms): UpstreamCall | undefined;
  /** The writer of one answer. */
  encode(context: AnswerContext): AnswerEncoder;
  /** An error as this format documents it: status and words. What it does not document stays as it is. */
  explain(error: DomainError, request?: ChatRequest): DomainError;
}

/** Writes one answer in the client's format. `whole` is for JSON, the others are for a stream, in order. */
export interface AnswerEncoder {
  /** Once the call is billed. */
  whole(answer: JsonObject, bytes: Buffer): Buffer | Promise<Buffer>;
  /** Null: the client is not told of this chunk. */
  chunk(chunk: JsonObject, raw: Buffer): Buffer | null;
  /** An event without data, such as the upstream's keep-alive. */
  comment(raw: Buffer): Buffer | null;
  /** What ends a complete stream, once the call is billed. */
  end(raw: Buffer): Buffer | Promise<Buffer>;
  /** What ends a stream that cannot be finished, so that it never looks complete. */
  error(error: DomainError): Buffer;
}
