import type { UpstreamCall } from '../../providers/provider.js';
import type { Dialect, TargetTerms, WireRequest } from '../dialect.js';
import { PassThroughEncoder } from '../openai-chat/openai-chat.dialect.js';
import type { ChatRequest } from '../openai-chat/chat-request.js';
import { STRIPPED_FIELDS } from '../openai-chat/upstream-body.js';
import { plainPrompt, promptParts } from '../openai-completions/prompt-parts.js';
import { invalidValue, isGiven, positiveInteger, requireJsonBody, requireModel } from '../openai-fields.js';
import { spliceJsonObject } from '../../json/json-splice.js';

const MOST_INPUTS = 2_048;
const MOST_DIMENSIONS = 100_000;

/** OpenAI's embeddings: nothing is completed, so only the input costs anything. */
export const OPENAI_EMBEDDINGS: Dialect = {
  decode,
  upstreamCall,
  encode: (context) => new PassThroughEncoder(context),
  explain: (error) => error,
};

function decode({ body: sent, rawBody: sentBytes }: WireRequest): ChatRequest {
  const { body, rawBody } = requireJsonBody(sent, sentBytes);
  const model = requireModel(body.model);
  const inputs = promptParts(body.input, 'input');
  if (inputs.length > MOST_INPUTS) throw invalidValue('input', `must not have more than ${MOST_INPUTS} parts`);
  if (isGiven(body.dimensions)) positiveInteger(body.dimensions, 'dimensions', MOST_DIMENSIONS);
  return {
    model,
    stream: false,
    wantsUsageChunk: false,
    completionTokensAsked: 0,
    limitFields: [],
    choices: 1,
    messages: [],
    prompt: plainPrompt(inputs),
    body,
    rawBody,
  };
}

function upstreamCall(request: ChatRequest, { provider, upstreamModel }: TargetTerms): UpstreamCall | undefined {
  if (!provider.speaks('embeddings')) return undefined;
  const changes = { set: { model: JSON.stringify(upstreamModel) }, remove: STRIPPED_FIELDS };
  return { format: 'embeddings', stream: false, body: spliceJsonObject(request.rawBody, changes) };
}
