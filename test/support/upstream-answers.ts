import {
  argumentChunks,
  argumentText,
  contentChunks,
  type TokenCounts,
  type UpstreamBehaviour,
  type UpstreamRequest,
  usageObject,
} from './upstream-behaviour.js';

/** What an answer is made of. */
export interface AnswerPlan {
  request: UpstreamRequest;
  behaviour: UpstreamBehaviour;
  bill: TokenCounts;
  /** `chat` or the older `text` completion. */
  shape: 'chat' | 'text';
}

/** The events of a stream: one JSON text per content chunk, then those of the end (finish, usage). */
export interface StreamPlan {
  content: string[];
  end: string[];
}

type Json = Record<string, unknown>;

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

function modelOf(request: UpstreamRequest): string {
  return typeof request.json?.model === 'string' ? request.json.model : 'fake-model';
}

function envelope({ request, shape }: AnswerPlan, streamed: boolean): Json {
  const object = shape === 'text' ? 'text_completion' : streamed ? 'chat.completion.chunk' : 'chat.completion';
  const id = `${shape === 'text' ? 'cmpl' : 'chatcmpl'}-fake${request.index}`;
  return { id, object, created: nowSeconds(), model: modelOf(request) };
}

function finishReason({ behaviour }: AnswerPlan): string {
  if (behaviour.toolCall) return 'tool_calls';
  return behaviour.completionTokens === 'max_tokens' ? 'length' : 'stop';
}

function toldUsage({ behaviour, bill }: AnswerPlan): unknown {
  return behaviour.toldUsage === undefined ? usageObject(bill, behaviour) : behaviour.toldUsage;
}

function asksForUsage({ json }: UpstreamRequest): boolean {
  const options = json?.stream_options;
  return (
    typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true
  );
}

/** The body of a JSON answer, with as many choices as `n` asked for. */
export function jsonAnswer(plan: AnswerPlan): Json {
  const { request, behaviour, shape } = plan;
  const count = typeof request.json?.n === 'number' ? request.json.n : 1;
  const text = contentChunks(behaviour).join('');
  const said = shape === 'text' ? { text } : { message: message(behaviour, text) };
  const choices = Array.from({ length: count }, (_, index) => ({
    index,
    ...said,
    logprobs: null,
    finish_reason: finishReason(plan),
  }));
  return { ...envelope(plan, false), choices, ...(behaviour.usage !== 'never' && { usage: toldUsage(plan) }) };
}

function message({ toolCall }: UpstreamBehaviour, text: string): Json {
  if (!toolCall) return { role: 'assistant', content: text, refusal: null };
  const call = { name: toolCall.name, arguments: argumentText(toolCall) };
  return { role: 'assistant', content: null, tool_calls: [{ id: 'call_fake1', type: 'function', function: call }] };
}

/** The deltas of a stream: one per content chunk. */
function deltas({ behaviour }: AnswerPlan): Json[] {
  const { toolCall } = behaviour;
  if (!toolCall) {
    return contentChunks(behaviour).map((content, index) => ({ ...(index === 0 && { role: 'assistant' }), content }));
  }
  return argumentChunks(toolCall).map((piece, index) =>
    index === 0
      ? {
          role: 'assistant',
          content: null,
          tool_calls: [
            { index, id: 'call_fake1', type: 'function', function: { name: toolCall.name, arguments: piece } },
          ],
        }
      : { tool_calls: [{ index: 0, function: { arguments: piece } }] },
  );
}

/** All events of a stream (choice 0 only, whatever `n` asked for). */
export function streamAnswer(plan: AnswerPlan): StreamPlan {
  const { request, behaviour, bill, shape } = plan;
  const tells = behaviour.usage === 'always' || (behaviour.usage === 'asked' && asksForUsage(request));
  const place = tells ? behaviour.usagePlace : undefined;
  const head = envelope(plan, true);
  const event = (choices: Json[], usage: unknown): string =>
    JSON.stringify({ ...head, choices, ...(tells && { usage }) });
  const choice = (delta: Json, reason: string | null): Json =>
    shape === 'text'
      ? { index: 0, text: delta.content ?? '', logprobs: null, finish_reason: reason }
      : { index: 0, delta, logprobs: null, finish_reason: reason };

  const parts = deltas(plan);
  const running = (chunks: number): unknown => {
    if (place !== 'every') return null;
    if (behaviour.toldUsage !== undefined) return behaviour.toldUsage;
    const completionTokens = Math.ceil((bill.completionTokens * chunks) / parts.length);
    return usageObject({ ...bill, completionTokens }, behaviour);
  };
  const content = parts.map((delta, index) => event([choice(delta, null)], running(index + 1)));
  const end = [event([choice({}, finishReason(plan))], place === 'last' || place === 'every' ? toldUsage(plan) : null)];
  if (place === 'final') end.push(event([], toldUsage(plan)));
  return { content, end };
}

/** One small vector per input. */
export function embeddingAnswer({ request, behaviour, bill }: AnswerPlan): Json {
  const input = request.json?.input;
  const count = Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
  const usage = behaviour.toldUsage ?? { prompt_tokens: bill.promptTokens, total_tokens: bill.promptTokens };
  return {
    object: 'list',
    data: Array.from({ length: count }, (_, index) => ({ object: 'embedding', index, embedding: [0.1, 0.2, 0.3] })),
    model: modelOf(request),
    ...(behaviour.usage !== 'never' && { usage }),
  };
}

export function modelList(): Json {
  const data = ['gpt-4o-mini', 'gpt-4o', 'gpt-4'].map((id) => ({ id, object: 'model', created: 1, owned_by: 'fake' }));
  return { object: 'list', data };
}

/** OpenAI's error envelope. */
export function errorBody(status: number, secret?: string): Json {
  const [type, code] =
    status === 429
      ? ['rate_limit_exceeded', 'rate_limit_exceeded']
      : status === 401
        ? ['invalid_request_error', 'invalid_api_key']
        : [status >= 500 ? 'server_error' : 'invalid_request_error', null];
  const message = `The fake upstream was told to fail${secret === undefined ? '' : `; incorrect key ${secret}`}`;
  return { error: { message, type, param: null, code } };
}
