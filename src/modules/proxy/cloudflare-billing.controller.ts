import { Controller, Get, Inject, Post, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { Public } from '../../common/decorators/public.decorator.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { CLOUDFLARE_CHAT, CLOUDFLARE_CHAT_STREAM } from './dialects/cloudflare-billing/cloudflare-billing.dialect.js';
import { CLOUDFLARE_MODELS } from './dialects/cloudflare-billing/cloudflare-models.js';
import { CurrentExchange } from './inference-exchange.js';
import type { InferenceExchange } from './inference-exchange.js';
import { Inference } from './inference.decorator.js';

const CHAT_SCHEMA = {
  type: 'object',
  required: ['messages'],
  properties: {
    messages: {
      type: 'array',
      items: {
        type: 'object',
        required: ['role', 'content'],
        properties: {
          role: { type: 'string', enum: ['system', 'user', 'assistant'] },
          content: { type: 'string' },
          image: { type: 'string', description: 'base64' },
        },
      },
      example: [{ role: 'user', content: 'Hello!' }],
    },
    model: { type: 'string', default: '@cf/meta/llama-3.1-8b-instruct' },
    temperature: { type: 'number', minimum: 0, maximum: 2, default: 0.7 },
    max_tokens: { type: 'integer', minimum: 1, maximum: 10_000, default: 2_048 },
  },
};

/** The routes of the Cloudflare billing API. */
@Controller('api/ai')
export class CloudflareBillingController {
  constructor(@Inject(ChatProxyService) private readonly proxy: ChatProxyService) {}

  /** The Cloudflare models that this API is about. */
  @Get('models')
  @Public()
  @ApiTags('inference')
  models() {
    return CLOUDFLARE_MODELS;
  }

  /** Answers `{model, response, input_tokens, output_tokens, total_tokens}`. */
  @Post('chat')
  @Credentials('key', 'jwt')
  @Inference(CLOUDFLARE_CHAT)
  @ApiBody({ schema: CHAT_SCHEMA })
  chat(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }

  /** Streams `{token}` frames, then `{done, tokens}`. */
  @Post('chat/stream')
  @Credentials('key', 'jwt')
  @Inference(CLOUDFLARE_CHAT_STREAM)
  @ApiBody({ schema: CHAT_SCHEMA })
  stream(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }
}
