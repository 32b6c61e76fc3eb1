import { Inject, Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../../common/errors/domain-error.js';
import { invalidRequest, unavailable } from '../../common/errors/errors.js';
import type { Lease } from '../usage/admission/admission.types.js';
import type { MeteredCall } from './metering/metered-call.js';
import type { ModelTarget } from './models/model.js';
import { ProviderRegistry } from './providers/provider-registry.js';
import type { Provider, ProviderAnswer, UpstreamCall, WireFormat } from './providers/provider.js';
import type { CircuitBreaker } from './resilience/circuit-breaker.js';
import { CircuitBreakers } from './resilience/circuit-breakers.js';
import { adviceOn } from './resilience/retry-advice.js';
import type { RetryAdvice } from './resilience/retry-advice.js';
import { UpstreamStatistics } from './resilience/upstream-statistics.js';

/** A call to be sent, and what is to be done with its answer. */
export interface Dispatch<Result> {
  readonly call: MeteredCall;
  readonly lease: Lease;
  /** Aborts when the client has left, the hold is lost or the time is over: then nothing is tried any more. */
  readonly signal: AbortSignal;
  /** The body for one target, in a wire format that its provider speaks; undefined when the target cannot serve the call. */
  readonly prepare: (target: ModelTarget, provider: Provider) => UpstreamCall | undefined;
  /**
   * Takes in an answer. As long as it throws a DomainError, with nothing sent to the client and nothing settled, another
   * target may be tried; a stream under way deals with its failures itself.
   */
  readonly read: (answer: DispatchedAnswer) => Promise<Result>;
}

export interface DispatchedAnswer extends ProviderAnswer {
  readonly target: ModelTarget;
  /** What the body is in: the format of the prepared call. */
  readonly format: WireFormat;
}

interface Candidate {
  readonly target: ModelTarget;
  readonly provider: Provider;
  readonly upstreamCall: UpstreamCall;
  readonly breaker: CircuitBreaker;
}

/** Longest pause before the second try. With another target left, it is asked rather than waited for long. */
const LONGEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_BEFORE_FALLBACK_MS = 1_000;

/**
 * Gets a call answered: by the first target of its route that can, each tried twice at most. A breaker passes over a
 * target that keeps failing. It only ever diverts: a route's only target is always tried.
 */
@Injectable()
export class DispatcherService {
  private readonly logger = new Logger(DispatcherService.name);

  constructor(
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(CircuitBreakers) private readonly breakers: CircuitBreakers,
    @Inject(UpstreamStatistics) private readonly statistics: UpstreamStatistics,
  ) {}

  /** @throws DomainError of the last attempt, when no target answered; whatever `read` threw once the signal is aborted */
  async dispatch<Result>(dispatch: Dispatch<Result>): Promise<Result> {
    const candidates = this.candidatesFor(dispatch);
    let failure: DomainError | undefined;
    for (const [place, candidate] of candidates.entries()) {
      const othersLeft = place < candidates.length - 1;
      for (let pauseMs: number | null = 0, tries = 0; pauseMs !== null; tries += 1) {
        await pause(pauseMs, dispatch.signal);
        if (candidates.length > 1 && !candidate.breaker.admits()) break;
        this.countAttempt(candidate, tries, place);
        try {
          return await this.attempt(dispatch, candidate);
        } catch (error) {
          if (dispatch.signal.aborted || !(error instanceof DomainError)) throw error;
          const advice = this.failed(dispatch.call, candidate, error);
          if (!advice.elsewhere) throw error;
          failure = error;
          pauseMs = tries === 0 ? pauseBefore(advice, candidate.provider, othersLeft) : null;
        }
      }
    }
    throw failure ?? allPassedOver(candidates);
  }

  private candidatesFor({ call, prepare }: Dispatch<unknown>): Candidate[] {
    const candidates = call.route.targets.flatMap((target) => {
      const provider = this.providers.get(target.provider);
      const upstreamCall = provider && prepare(target, provider);
      if (provider === undefined || upstreamCall === undefined) return [];
      return [{ target, provider, upstreamCall, breaker: this.breakers.of(provider, target.upstreamModel) }];
    });
    if (candidates.length === 0) {
      throw invalidRequest('This model cannot be called through this route.', {
        code: 'unsupported_model',
        param: 'model',
      });
    }
    return candidates;
  }

  private async attempt<Result>(dispatch: Dispatch<Result>, candidate: Candidate): Promise<Result> {
    const { call, lease, signal } = dispatch;
    const { target, provider, upstreamCall, breaker } = candidate;
    signal.throwIfAborted();
    call.dispatchedTo(target);
    lease.dispatched();
    call.onFirstToken = () => breaker.succeeded();
    const { body } = await provider.send({ requestId: call.requestId, ...upstreamCall }, signal);
    const result = await dispatch.read({ body, target, format: upstreamCall.format });
    if (!upstreamCall.stream) breaker.succeeded();
    return result;
  }

  private failed(call: MeteredCall, { target, breaker }: Candidate, error: DomainError): RetryAdvice {
    const advice = adviceOn(error);
    const { provider, upstreamModel } = target;
    call.attemptFailed();
    this.statistics.count(provider, 'failures');
    if (advice.ailing && breaker.failed()) {
      this.statistics.count(provider, 'breakerOpenings');
      this.logger.warn({ provider, upstreamModel }, 'a target keeps failing and is passed over where there is another');
    }
    return advice;
  }

  private countAttempt({ target: { provider } }: Candidate, tries: number, place: number): void {
    this.statistics.count(provider, 'attempts');
    if (tries > 0) this.statistics.count(provider, 'retries');
    else if (place > 0) this.statistics.count(provider, 'fallbacks');
  }
}

/** How long to wait before the same target is asked again; null when it is not. */
function pauseBefore(advice: RetryAdvice, provider: Provider, othersLeft: boolean): number | null {
  if (advice.blamesKey && provider.hasFreshKey()) return 0;
  const longest = othersLeft ? LONGEST_PAUSE_BEFORE_FALLBACK_MS : LONGEST_PAUSE_MS;
  return advice.again && advice.waitMs <= longest ? advice.waitMs : null;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal });
  signal.throwIfAborted();
}

function allPassedOver(candidates: readonly Candidate[]): DomainError {
  const waitMs = Math.min(...candidates.map(({ breaker }) => breaker.waitMs()));
  return unavailable('No upstream provider can answer for this model right now. Please retry later.', {
    code: 'upstream_unavailable',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
  });
}
