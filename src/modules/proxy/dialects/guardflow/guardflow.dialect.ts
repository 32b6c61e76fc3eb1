import type { DomainError } from '../../../../common/errors/domain-error.js';
import { classifyIntent } from '../../../classification/intent-classifier.js';
import type { JsonObject } from '../../json/json-object.js';
import { spliceJsonObject } from '../../json/json-splice.js';
import type { UpstreamCall } from '../../providers/provider.js';
import { chatUpstreamCall } from '../chat-upstream-call.js';
import { finishReasonOf, textOf } from '../completion-reader.js';
import type { Dialect, TargetTerms, WireRequest } from '../dialect.js';
import { validateChatRequest } from '../openai-chat/chat-request.validator.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { PassThroughEncoder } from '../openai-chat/openai-chat.dialect.js';
import { promptText } from '../openai-chat/prompt-text.js';
import { isGiven, positiveInteger } from '../openai-fields.js';
import { reworded } from '../reworded-error.js';
import { dataEvent } from '../sse-bytes.js';

const LARGEST_TASK_ID = 2_147_483_647;
const FORMATS: readonly unknown[] = ['full', 'minimal'];
const NOTHING: ReadonlySet<string> = new Set();
const FORMAT_FIELD: ReadonlySet<string> = new Set(['format']);

/** OpenAI's chat completions; with a `task_id`, Guardflow's: the answer says what the prompt is for. */
export const GUARDFLOW: Dialect = {
  decode,
  upstreamCall,
  encode: (context) => {
    const { taskId, isMinimal } = context.call.request as GuardedRequest;
    return taskId === null && !isMinimal ? new PassThroughEncoder(context) : new GuardedEncoder(context);
  },
  explain,
};

interface GuardedRequest extends ChatRequest {
  /** Null when the client named none: then this is OpenAI's route and nothing else. */
  readonly taskId: number | null;
  /** The client wants nothing but the text. */
  readonly isMinimal: boolean;
}

class GuardedEncoder extends PassThroughEncoder {
  override whole(completion: JsonObject, bytes: Buffer): Buffer {
    const { taskId, isMinimal } = this.context.call.request as GuardedRequest;
    if (isMinimal) return Buffer.from(JSON.stringify({ content: textOf(completion) }));
    if (taskId === null) return bytes;
    const set = Object.entries(this.verdict()).map(([name, value]) => [name, JSON.stringify(value)] as const);
    return spliceJsonObject(bytes, { set: Object.fromEntries(set), remove: NOTHING });
  }

  /** The chunk that ends the answer carries the verdict. */
  override chunk(chunk: JsonObject, raw: Buffer): Buffer | null {
    const { taskId } = this.context.call.request as GuardedRequest;
    const isLast = finishReasonOf(chunk) !== undefined;
    return isLast && taskId !== null ? dataEvent({ ...chunk, ...this.verdict() }) : super.chunk(chunk, raw);
  }

  /** The score changes after the analysis, when this answer has long been sent: the account's log has it then. */
  private verdict(): JsonObject {
    const { intent, guardIntent, confidence } = classifyIntent(promptText(this.context.call.request));
    return {
      intent_classification: guardIntent,
      intent,
      confidence_score: confidence,
      deviation_score_delta: null,
    };
  }
}

function decode({ body, rawBody }: WireRequest): GuardedRequest {
  const request = validateChatRequest(body, rawBody);
  const { task_id: taskId, format } = request.body;
  return {
    ...request,
    taskId: isGiven(taskId) ? positiveInteger(taskId, 'task_id', LARGEST_TASK_ID) : null,
    isMinimal: format === 'minimal' && !request.stream,
  };
}

function upstreamCall(request: ChatRequest, target: TargetTerms): UpstreamCall | undefined {
  const call = chatUpstreamCall(request, target);
  if (call === undefined || !FORMATS.includes(request.body.format)) return call;
  return { ...call, body: spliceJsonObject(call.body, { set: {}, remove: FORMAT_FIELD }) };
}

/** A spent quota is a matter of payment to Guardflow's clients. */
function explain(error: DomainError, request?: ChatRequest): DomainError {
  const isGuarded = request !== undefined && (request as GuardedRequest).taskId !== null;
  if (error.kind !== 'quota_exceeded' || !isGuarded) return error;
  const [period] = String(error.details.facts?.limit_name).split(' ', 1);
  return reworded(error, `${period} quota exceeded. ${error.message}`, { status: 402 });
}
