import type { UpstreamCall } from '../providers/provider.js';
import type { TargetTerms } from './dialect.js';
import type { ChatRequest } from './openai-chat/chat-request.js';
import { upstreamBody } from './openai-chat/upstream-body.js';

/** A chat completion for one target, which every dialect but the embeddings can be served by. */
export function chatUpstreamCall(request: ChatRequest, target: TargetTerms): UpstreamCall | undefined {
  if (!target.provider.speaks('chat/completions')) return undefined;
  return {
    format: 'chat/completions',
    stream: request.stream,
    body: upstreamBody(request, target.upstreamModel, target.completionTokensAllowed),
  };
}
