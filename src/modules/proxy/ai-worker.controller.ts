import { Controller, Inject, Post, Res } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { AI_WORKER_CHAT } from './dialects/ai-worker/ai-worker.dialect.js';
import { CurrentExchange } from './inference-exchange.js';
import type { InferenceExchange } from './inference-exchange.js';
import { Inference } from './inference.decorator.js';

const CHAT_SCHEMA = {
  type: 'object',
  required: ['messages'],
  properties: {
    messages: { type: 'array', items: { type: 'object' }, example: [{ role: 'user', content: 'Hello!' }] },
  },
};

/** The one inference route of the AI worker API. */
@Controller()
export class AiWorkerController {
  constructor(@Inject(ChatProxyService) private readonly proxy: ChatProxyService) {}

  /** Answers `{response}`. */
  @Post('chat/completions')
  @Credentials('key', 'jwt')
  @Inference(AI_WORKER_CHAT)
  @ApiBody({ schema: CHAT_SCHEMA })
  complete(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }
}
