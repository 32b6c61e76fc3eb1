import { Controller, Inject, Post, Res, UseGuards } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../../common/decorators/public.decorator.js';
import { BodyTokenGuard } from './body-token.guard.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { BYTECHAT } from './dialects/bytechat/bytechat.dialect.js';
import { CurrentExchange } from './inference-exchange.js';
import type { InferenceExchange } from './inference-exchange.js';
import { Inference } from './inference.decorator.js';

const CHAT_SCHEMA = {
  type: 'object',
  required: ['messages'],
  properties: {
    access_token: { type: 'string', description: 'Without it, a key or a JWT is taken from the headers.' },
    messages: { type: 'array', items: { type: 'object' }, example: [{ role: 'user', content: 'Hello!' }] },
    model: { type: 'string', example: 'openai/gpt-4' },
    temperature: { type: 'number', minimum: 0, maximum: 1, default: 0.7 },
    max_tokens: { type: 'integer', minimum: 1 },
    stream: { type: 'boolean', default: true },
  },
};

/** The chat of ByteChat. Public to the global guard only: the token may be in the body, where a guard of its own finds it. */
@Controller()
export class ByteChatController {
  constructor(@Inject(ChatProxyService) private readonly proxy: ChatProxyService) {}

  /** OpenAI's chunks, then `token_update`, then [DONE]; with `stream: false` one completion with a `token_update`. */
  @Post('api/chat/stream')
  @Public()
  @UseGuards(BodyTokenGuard)
  @Inference(BYTECHAT)
  @ApiBody({ schema: CHAT_SCHEMA })
  chat(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }
}
