import { Logger } from '@nestjs/common';
import OpenAI from 'openai';
import { CircuitBreaker } from '../../../common/resilience/circuit-breaker.js';
import type { SecondStageSettings } from '../../../config/config.js';
import { InvalidAnswer } from './invalid-answer.js';
import { OpenAiExaminer } from './openai-examiner.js';
import type { Examination, LocalVerdict, Opinion, OpinionFailure } from './opinion.js';
import type { SecondStageBudget } from './second-stage-budget.js';
import { outcomeOf, weightWith } from './weigh-opinion.js';

const BUSY_STATUSES = new Set([408, 409, 429]);
/** Failures that say that the second stage is ailing. What a text can bring about is none of them. */
const AILING: ReadonlySet<OpinionFailure> = new Set(['timeout', 'unavailable', 'refused']);

/**
 * Gives second opinions within a budget and a total timeout, and leaves a second stage that fails again and again in
 * peace. Whatever goes wrong is a reason, not an error: the local verdict then stands alone.
 */
export class SecondStage {
  private readonly logger = new Logger(SecondStage.name);
  private readonly examiner: OpenAiExaminer;
  private readonly breaker: CircuitBreaker;

  constructor(
    private readonly settings: SecondStageSettings,
    private readonly budget: SecondStageBudget,
    probeIntervalMs: number,
  ) {
    this.examiner = new OpenAiExaminer(settings);
    this.breaker = new CircuitBreaker(probeIntervalMs);
  }

  /** Stored with every opinion. */
  get modelVersion(): string {
    return this.examiner.modelVersion;
  }

  /**
   * @param text of the prompt; empty when it is not kept
   * @param stopping aborts when the process ends: the opinion is then worth nothing
   */
  async opinionOn(text: string, local: LocalVerdict, stopping: AbortSignal): Promise<Opinion> {
    if (text === '') return without('no_content');
    if (!this.breaker.admits()) return without('breaker_open');
    const reservation = await this.budget.reserve(this.examiner.mostNanoUsd(text), this.settings);
    if (reservation === null) return without('budget_spent');
    const examined = await this.examine(text, stopping);
    // What a failure did cost is not known, so its reservation stays.
    if (typeof examined === 'string') return without(examined, reservation.nanoUsd);
    await this.budget.settle(reservation, examined.costNanoUsd);
    const outcome = outcomeOf(examined, local);
    const weight = weightWith(outcome, local.weight);
    return { outcome, weight, examination: examined, failure: null, costNanoUsd: examined.costNanoUsd };
  }

  private async examine(text: string, stopping: AbortSignal): Promise<Examination | OpinionFailure> {
    try {
      const examination = await this.examiner.examine(text, stopping);
      this.breaker.succeeded();
      return examination;
    } catch (error) {
      const failure = failureOf(error);
      if (!stopping.aborted) this.note(failure);
      return failure;
    }
  }

  private note(failure: OpinionFailure): void {
    if (!AILING.has(failure)) this.breaker.succeeded();
    else if (this.breaker.failed()) {
      this.logger.warn({ failure }, 'the second stage fails again and again: local verdicts stand alone');
    }
  }
}

function without(failure: OpinionFailure, costNanoUsd = 0): Opinion {
  return { outcome: null, failure, costNanoUsd };
}

/** What is not a failure of the connection or a refusal is an answer that could not be read. */
function failureOf(error: unknown): OpinionFailure {
  if (error instanceof OpenAI.APIUserAbortError || error instanceof OpenAI.APIConnectionTimeoutError) return 'timeout';
  if (error instanceof OpenAI.APIConnectionError) {
    return error.cause instanceof InvalidAnswer ? 'invalid_answer' : 'unavailable';
  }
  if (!(error instanceof OpenAI.APIError)) return 'invalid_answer';
  const status = Number(error.status);
  return status >= 500 || BUSY_STATUSES.has(status) ? 'unavailable' : 'refused';
}
