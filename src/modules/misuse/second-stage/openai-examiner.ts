import OpenAI from 'openai';
import type { SecondStageSettings } from '../../../config/config.js';
import { boundedFetch } from './bounded-fetch.js';
import { ANSWER_FORMAT, LONGEST_TEXT, MOST_ANSWER_TOKENS, QUESTION_VERSION, questionAbout } from './model-question.js';
import type { Examination } from './opinion.js';
import { readModelAnswer } from './read-model-answer.js';
import { readModeration } from './read-moderation.js';

/** Calls of one examination. */
export const CALLS_PER_EXAMINATION = 2;
/** Instructions, schema and the format around them: an upper bound in tokens. */
const QUESTION_TOKENS = 3_000;

/** Shows texts to OpenAI's moderation endpoint and to a small model. */
export class OpenAiExaminer {
  readonly modelVersion: string;
  private readonly client: OpenAI;

  constructor(private readonly settings: SecondStageSettings) {
    this.modelVersion = `${settings.moderationModel}+${settings.model}/${QUESTION_VERSION}`;
    // Everything is named, so that no variable of the environment steers it; and it logs nothing, least of all the key.
    this.client = new OpenAI({
      apiKey: settings.apiKey,
      baseURL: settings.baseUrl,
      organization: null,
      project: null,
      webhookSecret: null,
      adminAPIKey: null,
      maxRetries: 0,
      timeout: settings.timeoutMs,
      logLevel: 'off',
      fetch: boundedFetch,
    });
  }

  /** What examining a text may cost at most. */
  mostNanoUsd(text: string): number {
    const { inputNanoUsdPerToken, outputNanoUsdPerToken } = this.settings;
    const textTokens = Buffer.byteLength(text.slice(0, LONGEST_TEXT));
    return (textTokens + QUESTION_TOKENS) * inputNanoUsdPerToken + MOST_ANSWER_TOKENS * outputNanoUsdPerToken;
  }

  /**
   * Asks both at once, within the total timeout, aborting as soon as one fails.
   * @throws InvalidAnswer when an answer is not exactly what was asked for; OpenAI's errors otherwise
   */
  async examine(text: string, stopping: AbortSignal): Promise<Examination> {
    const failed = new AbortController();
    const signal = AbortSignal.any([stopping, failed.signal, AbortSignal.timeout(this.settings.timeoutMs)]);
    try {
      const [moderation, { model, costNanoUsd }] = await Promise.all([
        this.moderate(text, signal),
        this.ask(text, signal),
      ]);
      return { moderation, model, costNanoUsd };
    } finally {
      failed.abort();
    }
  }

  private async moderate(text: string, signal: AbortSignal) {
    const input = text.slice(0, LONGEST_TEXT).toWellFormed();
    return readModeration(
      await this.client.moderations.create({ model: this.settings.moderationModel, input }, { signal }),
    );
  }

  private async ask(text: string, signal: AbortSignal) {
    const { messages, receipt } = questionAbout(text);
    const completion = await this.client.chat.completions.create(
      {
        model: this.settings.model,
        messages,
        response_format: ANSWER_FORMAT,
        max_tokens: MOST_ANSWER_TOKENS,
        temperature: 0,
      },
      { signal },
    );
    return { model: readModelAnswer(completion, receipt), costNanoUsd: this.costOf(completion, text) };
  }

  /** What the usage comes to; what was reserved, when it cannot be true. */
  private costOf({ usage }: OpenAI.ChatCompletion, text: string): number {
    const { inputNanoUsdPerToken, outputNanoUsdPerToken } = this.settings;
    const most = this.mostNanoUsd(text);
    const [prompt, completion] = [usage?.prompt_tokens, usage?.completion_tokens];
    if (!isCount(prompt) || !isCount(completion)) return most;
    return Math.min(most, prompt * inputNanoUsdPerToken + completion * outputNanoUsdPerToken);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
