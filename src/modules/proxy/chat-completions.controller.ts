import { Controller, Inject, Post, Res } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { GUARDFLOW } from './dialects/guardflow/guardflow.dialect.js';
import { OPENAI_CHAT } from './dialects/openai-chat/openai-chat.dialect.js';
import { CurrentExchange } from './inference-exchange.js';
import type { InferenceExchange } from './inference-exchange.js';
import { Inference } from './inference.decorator.js';

const REQUEST_SCHEMA = {
  type: 'object',
  required: ['model', 'messages'],
  properties: {
    model: { type: 'string', example: 'gpt-4o-mini' },
    messages: {
      type: 'array',
      minItems: 1,
      items: { type: 'object', additionalProperties: true },
      example: [{ role: 'user', content: 'Hello' }],
    },
    stream: { type: 'boolean', default: false },
    max_tokens: { type: 'integer', minimum: 1, maximum: 10_000_000 },
    max_completion_tokens: { type: 'integer', minimum: 1, maximum: 10_000_000 },
    n: { type: 'integer', minimum: 1, maximum: 128 },
    temperature: { type: 'number', minimum: 0, maximum: 2 },
    top_p: { type: 'number', minimum: 0, maximum: 1 },
  },
  additionalProperties: true,
};

const GUARDED_SCHEMA = {
  ...REQUEST_SCHEMA,
  properties: {
    ...REQUEST_SCHEMA.properties,
    task_id: { type: 'integer', minimum: 1 },
    format: { type: 'string', enum: ['full', 'minimal'], default: 'full' },
  },
};

@Controller()
export class ChatCompletionsController {
  constructor(@Inject(ChatProxyService) private readonly proxy: ChatProxyService) {}

  /** OpenAI's chat completions, JSON or SSE. Fields that are not listed here pass through to the provider. */
  @Post('v1/chat/completions')
  @Credentials('key', 'jwt')
  @Inference(OPENAI_CHAT)
  @ApiBody({ schema: REQUEST_SCHEMA })
  complete(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }

  /** The same; with a `task_id`, the answer says what the prompt is for, and a spent quota is 402. */
  @Post('api/v1/chat/completions')
  @Credentials('key', 'jwt')
  @Inference(GUARDFLOW)
  @ApiBody({ schema: GUARDED_SCHEMA })
  completeGuarded(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }
}
