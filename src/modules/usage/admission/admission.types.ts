import type { ModelPrice } from '../pricing/model-price.js';
import type { TokenUsage } from '../pricing/token-usage.js';

/** What a call wants to reserve before it may reach an upstream. */
export interface AdmissionRequest {
  /** UUIDv7, always ours. Its time is the ledger partition of the call, whatever happens to it. */
  readonly requestId: string;
  readonly userId: number;
  /** Null when a JWT made the call: the per-minute limit then counts per account. */
  readonly apiKeyId: number | null;
  /** The task that the caller named, null for none. Its limits count too. */
  readonly taskId: number | null;
  /** Route template, such as `/v1/chat/completions`. */
  readonly endpoint: string;
  /** The model's public name. */
  readonly model: string;
  /** Name of the provider that is asked first. */
  readonly provider: string;
  /** Upper bound of the prompt's tokens. */
  readonly promptTokensReserved: number;
  /** Likely number of the prompt's tokens, at most the reserve: what an orphan is billed for. */
  readonly promptTokensCounted: number;
  /** Largest completion wanted for one choice, in tokens. */
  readonly completionTokensWanted: number;
  /** `n`: how many choices are asked for. */
  readonly choices: number;
  /** Null: metered in tokens only, and refused to accounts with a cost limit. */
  readonly price: ModelPrice | null;
}

/** One token limit of the account as it stood at admission. `limit: null` is unlimited. */
export interface QuotaState {
  readonly limit: number | null;
  readonly spent: number;
  readonly held: number;
  readonly resetsAt: Date | null;
}

/** The account's limits as they stood when a call was admitted or refused: the source of the response headers. */
export interface QuotaSnapshot {
  readonly requestsPerMinute: { readonly limit: number; readonly remaining: number; readonly resetSeconds: number };
  readonly daily: QuotaState;
  readonly monthly: QuotaState;
  readonly balance: QuotaState;
}

/** An admitted call: tokens and money are reserved until it is settled, released, or its lease runs out. */
export interface Hold {
  readonly request: AdmissionRequest;
  /** `max_tokens` to send upstream for each choice: what was wanted, clamped to what the account can pay for. */
  readonly completionTokensAllowed: number;
  readonly tokensHeld: number;
  readonly costHeldNanoUsd: number;
  /** The quota windows that the call is billed to, whenever it ends. */
  readonly windowIds: readonly string[];
  readonly quota: QuotaSnapshot;
}

/** How a call ended. */
export type CallStatus = 'completed' | 'client_aborted' | 'upstream_error' | 'interrupted' | 'not_dispatched';

/** Everything that settlement writes about a call that has ended. */
export interface Settlement {
  readonly status: CallStatus;
  readonly usage: TokenUsage;
  /** `upstream`: told by the provider; `counted`: counted by us from what was delivered. */
  readonly usageSource: 'upstream' | 'counted';
  /** Provider and model that answered, which may differ from those asked first. */
  readonly provider: string;
  readonly upstreamModel: string;
  /** Price of the target that answered; null when it has none. */
  readonly price: ModelPrice | null;
  readonly streamed: boolean;
  /** HTTP status that the client saw; 499 when it left. */
  readonly httpStatus: number;
  /** Enumerated word, never upstream text. */
  readonly errorCode: string | null;
  readonly latencyMs: number;
  readonly timeToFirstTokenMs: number | null;
  /** Text for the analysis and the account's own log; kept apart from the ledger. */
  readonly promptText: string;
  readonly completionText: string;
}

/** Watches over the hold of a running call. */
export interface Lease {
  /** Aborts when the hold is gone, because this process was paused longer than the lease: the call must stop. */
  readonly lost: AbortSignal;
  /** Marks that the call went out to an upstream: from now on an orphan is billed for its prompt. */
  dispatched(): void;
}
