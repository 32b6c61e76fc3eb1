import { Logger } from '@nestjs/common';
import type { AdmissionRequest, CallStatus, Hold } from '../../usage/admission/admission.types.js';
import { billedShare } from '../../usage/pricing/billed-share.js';
import { costNanoUsd } from '../../usage/pricing/cost.js';
import type { TokenUsage } from '../../usage/pricing/token-usage.js';
import type { SettlementService } from '../../usage/settlement/settlement.service.js';
import type { ChatRequest } from '../dialects/openai-chat/chat-request.js';
import { promptText } from '../dialects/openai-chat/prompt-text.js';
import type { ModelRoute, ModelTarget } from '../models/model.js';
import { CompletionTally } from './completion-tally.js';
import type { ToldUsage } from './usage-reader.js';

/** How a call ended, as the proxy sees it. */
export interface CallEnd {
  readonly status: CallStatus;
  /** What the client saw; 499 when it left. */
  readonly httpStatus: number;
  readonly errorCode: string | null;
}

const NO_USAGE: TokenUsage = { promptTokens: 0, completionTokens: 0, cachedPromptTokens: 0, reasoningTokens: 0 };
const NANO_USD_PER_USD = 1_000_000_000;

const logger = new Logger('MeteredCall');

/** One admitted call from its hold to its bill. It is settled once; whoever comes first says how it ended. */
export class MeteredCall {
  /** Told once for each attempt: the first content has arrived. */
  onFirstToken: () => void = () => undefined;
  private currentTally = new CompletionTally();
  private target: ModelTarget;
  private dispatched = false;
  private attemptCount = 0;
  private timeToFirstTokenMs: number | null = null;
  /** Both on the clock of `performance.now()`. */
  private dispatchedAt: number | null = null;
  private answeredAt: number | null = null;
  private settling: Promise<void> | undefined;
  /** Null: the answer did not come from our cache. */
  private cachedPercent: number | null = null;

  constructor(
    readonly request: ChatRequest,
    readonly route: ModelRoute,
    readonly hold: Hold,
    private readonly settlements: SettlementService,
    /** `performance.now()` of the request's arrival. */
    private readonly startedAt: number,
  ) {
    this.target = route.targets[0];
  }

  get requestId(): string {
    return this.hold.request.requestId;
  }

  /** Of the attempt that is under way, or was the last. */
  get tally(): CompletionTally {
    return this.currentTally;
  }

  /** A target has the call and has not failed. */
  get isDispatched(): boolean {
    return this.dispatched;
  }

  /** How often the call went out, all targets together. */
  get attempts(): number {
    return this.attemptCount;
  }

  /** The provider of the last attempt. */
  get provider(): string {
    return this.target.provider;
  }

  /** The call goes out to this target: from now on it costs something. */
  dispatchedTo(target: ModelTarget): void {
    this.target = target;
    this.dispatched = true;
    this.dispatchedAt ??= performance.now();
    this.attemptCount += 1;
  }

  /**
   * Our cache has what this target once answered: nobody is asked.
   * @param billedPercent share of the tokens that is billed
   */
  answeredFromCache(target: ModelTarget, billedPercent: number): void {
    this.target = target;
    this.dispatched = true;
    this.cachedPercent = billedPercent;
  }

  /** The target delivered nothing: this attempt costs nothing, and the next one counts from nothing. */
  attemptFailed(): void {
    this.dispatched = false;
    this.currentTally = new CompletionTally();
  }

  firstTokenArrived(): void {
    this.timeToFirstTokenMs ??= this.elapsedMs();
    this.answerArrived();
    this.onFirstToken();
  }

  elapsedMs(): number {
    return Math.round(performance.now() - this.startedAt);
  }

  /** What of the time so far was ours: all but the wait for the upstream's answer, or for the first piece of it. */
  overheadMs(): number {
    const { dispatchedAt, answeredAt } = this;
    return (
      this.elapsedMs() - (dispatchedAt === null ? 0 : Math.round((answeredAt ?? performance.now()) - dispatchedAt))
    );
  }

  /** The upstream's answer, or the first piece of it, is here. */
  answerArrived(): void {
    this.answeredAt ??= performance.now();
  }

  /** What a complete answer took. One from our cache took nothing now, and tells what it took once. */
  usage(): TokenUsage {
    return this.bill('completed').usage;
  }

  /** Price of the usage known by now, in USD. */
  costUsd(): number {
    return costNanoUsd(this.billed(this.usage()), this.target.price) / NANO_USD_PER_USD;
  }

  /**
   * Bills the call. A second call changes nothing and waits for the first.
   * @throws DomainError unavailable when the bill could not be written in time; it is still written later
   */
  settle(end: CallEnd): Promise<void> {
    this.settling ??= this.settleOnce(end);
    return this.settling;
  }

  /** Bills nothing for a call that nobody settled, so that its hold does not stay. Never rejects. */
  async releaseIfUnsettled(end: Omit<CallEnd, 'status'>): Promise<void> {
    if (this.settling !== undefined) return;
    try {
      await this.settle({ ...end, status: 'not_dispatched' });
    } catch (error) {
      logger.warn({ err: error, requestId: this.requestId }, 'the release of a hold is delayed');
    }
  }

  private settleOnce(end: CallEnd): Promise<void> {
    const { usage, source } = this.bill(end.status);
    if (this.tally.usageRefused) {
      const { provider } = this.target;
      logger.warn({ requestId: this.requestId, provider }, 'the upstream told a usage that cannot be true');
    }
    return this.settlements.settle(this.hold, {
      status: end.status,
      usage: this.billed(usage),
      usageSource: source,
      usageRefused: this.tally.usageRefused,
      fromCache: this.cachedPercent !== null,
      provider: this.target.provider,
      upstreamModel: this.target.upstreamModel,
      price: this.target.price,
      streamed: this.request.stream,
      httpStatus: end.httpStatus,
      errorCode: end.errorCode ?? (this.tally.usageRefused ? 'upstream_usage_refused' : null),
      latencyMs: this.elapsedMs(),
      timeToFirstTokenMs: this.timeToFirstTokenMs,
      promptText: this.attemptCount > 0 || this.cachedPercent !== null ? promptText(this.request) : '',
      completionText: this.tally.completionText,
    });
  }

  private billed(usage: TokenUsage): TokenUsage {
    return this.cachedPercent === null ? usage : billedShare(usage, this.cachedPercent);
  }

  /**
   * What the upstream told, else what was delivered as we counted it, never more than the hold. Nothing for a call
   * that never went out, or whose upstream failed before it delivered anything.
   */
  private bill(status: CallStatus): { usage: TokenUsage; source: 'upstream' | 'counted' } {
    const told = this.tally.usage;
    const delivered = this.tally.completionTokens;
    const isFree =
      status === 'not_dispatched' || (status === 'upstream_error' && told === undefined && delivered === 0);
    if (!this.dispatched || isFree) return { usage: NO_USAGE, source: 'counted' };
    const { completionTokensAllowed, request } = this.hold;
    return {
      usage: {
        promptTokens: told?.promptTokens ?? request.promptTokensCounted,
        completionTokens: told?.completionTokens ?? Math.min(delivered, completionTokensAllowed * request.choices),
        cachedPromptTokens: told?.cachedPromptTokens ?? 0,
        reasoningTokens: told?.reasoningTokens ?? 0,
        cacheWrite5mTokens: told?.cacheWrite5mTokens ?? 0,
        cacheWrite1hTokens: told?.cacheWrite1hTokens ?? 0,
      },
      source: told !== undefined && isWhole(told, request) ? 'upstream' : 'counted',
    };
  }
}

/** Embeddings complete nothing, and their usage does not say so. */
function isWhole(told: ToldUsage, { completionTokensWanted }: AdmissionRequest): boolean {
  return told.promptTokens !== null && (told.completionTokens !== null || completionTokensWanted === 0);
}
