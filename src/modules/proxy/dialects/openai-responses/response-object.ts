import type { JsonObject } from '../../json/json-object.js';
import type { MeteredCall } from '../../metering/metered-call.js';
import type { ResponseRequest } from './response-request.js';

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed';

/** An answer as far as it has come. */
export interface ResponseState {
  readonly status: ResponseStatus;
  /** Why it is incomplete. */
  readonly reason?: string;
  readonly output: readonly JsonObject[];
  readonly error?: JsonObject;
  /** Told once the answer has ended. */
  readonly withUsage: boolean;
}

/** The response object of a call. Its fields repeat what was asked for, with OpenAI's defaults. */
export function responseObject(call: MeteredCall, createdAt: number, state: ResponseState): JsonObject {
  const { asked } = call.request as ResponseRequest;
  return {
    id: responseId(call),
    object: 'response',
    created_at: createdAt,
    status: state.status,
    background: false,
    error: state.error ?? null,
    incomplete_details: state.reason === undefined ? null : { reason: state.reason },
    instructions: asked.instructions ?? null,
    max_output_tokens: asked.max_output_tokens ?? null,
    model: call.route.model,
    output: state.output,
    parallel_tool_calls: asked.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: asked.reasoning ?? { effort: null, summary: null },
    service_tier: asked.service_tier ?? 'default',
    store: false,
    temperature: asked.temperature ?? 1,
    text: asked.text ?? { format: { type: 'text' } },
    tool_choice: asked.tool_choice ?? 'auto',
    tools: asked.tools ?? [],
    top_p: asked.top_p ?? 1,
    truncation: asked.truncation ?? 'disabled',
    usage: state.withUsage ? usageOf(call) : null,
    user: asked.user ?? null,
    metadata: asked.metadata ?? {},
  };
}

function responseId(call: MeteredCall): string {
  return `resp_${call.requestId.replaceAll('-', '')}`;
}

function usageOf(call: MeteredCall): JsonObject {
  const { promptTokens, completionTokens, cachedPromptTokens, reasoningTokens } = call.usage();
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedPromptTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  };
}

/** Why an answer ended before it was done, from a chat's finish reason; undefined when it is complete. */
export function incompleteReason(finishReason: string | undefined): string | undefined {
  if (finishReason === 'length') return 'max_output_tokens';
  return finishReason === 'content_filter' ? 'content_filter' : undefined;
}
