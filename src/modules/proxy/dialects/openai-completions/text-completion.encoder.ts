import { isJsonObject } from '../../json/json-object.js';
import type { JsonObject } from '../../json/json-object.js';
import { finishReasonOf, textOf } from '../completion-reader.js';
import { PassThroughEncoder } from '../openai-chat/openai-chat.dialect.js';
import { dataEvent } from '../sse-bytes.js';

/** Writes a chat's answer as an older completion. */
export class TextCompletionEncoder extends PassThroughEncoder {
  override whole(completion: JsonObject): Buffer {
    return Buffer.from(JSON.stringify(this.textCompletion(completion)));
  }

  override chunk(chunk: JsonObject, raw: Buffer): Buffer | null {
    return super.chunk(chunk, raw) === null ? null : dataEvent(this.textCompletion(chunk));
  }

  private textCompletion(answer: JsonObject): JsonObject {
    const { created, usage } = answer;
    const isUsageOnly = Array.isArray(answer.choices) && answer.choices.length === 0;
    const choice = { index: 0, text: textOf(answer), logprobs: null, finish_reason: finishReasonOf(answer) ?? null };
    return {
      id: `cmpl-${this.context.call.requestId}`,
      object: 'text_completion',
      created,
      model: this.context.call.route.model,
      choices: isUsageOnly ? [] : [choice],
      ...(isJsonObject(usage) && { usage }),
    };
  }
}
