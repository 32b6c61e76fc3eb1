import { Controller, Inject, Post, Res } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { OPENAI_COMPLETIONS } from './dialects/openai-completions/openai-completions.dialect.js';
import { OPENAI_EMBEDDINGS } from './dialects/openai-embeddings/openai-embeddings.dialect.js';
import { OPENAI_RESPONSES } from './dialects/openai-responses/openai-responses.dialect.js';
import { CurrentExchange } from './inference-exchange.js';
import type { InferenceExchange } from './inference-exchange.js';
import { Inference } from './inference.decorator.js';

const TEXT_OR_LIST = { oneOf: [{ type: 'string' }, { type: 'array', items: {} }] };
const COMPLETION_SCHEMA = {
  type: 'object',
  required: ['model', 'prompt'],
  properties: {
    model: { type: 'string', example: 'gpt-3.5-turbo-instruct' },
    prompt: TEXT_OR_LIST,
    max_tokens: { type: 'integer', minimum: 1, default: 16 },
    stream: { type: 'boolean', default: false },
  },
  additionalProperties: true,
};
const EMBEDDING_SCHEMA = {
  type: 'object',
  required: ['model', 'input'],
  properties: { model: { type: 'string', example: 'text-embedding-3-small' }, input: TEXT_OR_LIST },
  additionalProperties: true,
};
const RESPONSE_SCHEMA = {
  type: 'object',
  required: ['model', 'input'],
  properties: {
    model: { type: 'string', example: 'gpt-4o-mini' },
    input: TEXT_OR_LIST,
    instructions: { type: 'string' },
    max_output_tokens: { type: 'integer', minimum: 1 },
    stream: { type: 'boolean', default: false },
  },
  additionalProperties: true,
};

/** OpenAI's other inference routes. */
@Controller()
@Credentials('key', 'jwt')
export class OpenAiController {
  constructor(@Inject(ChatProxyService) private readonly proxy: ChatProxyService) {}

  /** The older completions, JSON or SSE. */
  @Post(['v1/completions', 'api/v1/completions'])
  @Inference(OPENAI_COMPLETIONS)
  @ApiBody({ schema: COMPLETION_SCHEMA })
  complete(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }

  @Post(['v1/embeddings', 'api/v1/embeddings'])
  @Inference(OPENAI_EMBEDDINGS, 'embeddings')
  @ApiBody({ schema: EMBEDDING_SCHEMA })
  embed(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }

  /** Responses, JSON or SSE. Nothing is stored, so each request carries its whole conversation. */
  @Post(['v1/responses', 'api/v1/responses'])
  @Inference(OPENAI_RESPONSES)
  @ApiBody({ schema: RESPONSE_SCHEMA })
  respond(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }
}
