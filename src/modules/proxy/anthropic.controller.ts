import { Controller, Inject, Post, Res } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { ANTHROPIC_MESSAGES } from './dialects/anthropic-messages/anthropic-messages.dialect.js';
import { CurrentExchange } from './inference-exchange.js';
import type { InferenceExchange } from './inference-exchange.js';
import { Inference } from './inference.decorator.js';

const MESSAGES_SCHEMA = {
  type: 'object',
  required: ['model', 'max_tokens', 'messages'],
  properties: {
    model: { type: 'string', example: 'claude-haiku-4-5' },
    max_tokens: { type: 'integer', minimum: 1 },
    messages: { type: 'array', minItems: 1, items: { type: 'object' }, example: [{ role: 'user', content: 'Hello' }] },
    system: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }] },
    stream: { type: 'boolean', default: false },
  },
  additionalProperties: true,
};

@Controller()
@Credentials('key', 'jwt')
export class AnthropicController {
  constructor(@Inject(ChatProxyService) private readonly proxy: ChatProxyService) {}

  /** Anthropic's Messages API, JSON or SSE, for every model: as it is to Anthropic, by translation to the others. */
  @Post(['v1/messages', 'api/v1/messages'])
  @Inference(ANTHROPIC_MESSAGES)
  @ApiBody({ schema: MESSAGES_SCHEMA })
  message(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }
}
