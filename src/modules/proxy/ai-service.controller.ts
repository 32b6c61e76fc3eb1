import { Controller, Inject, Post, Res } from '@nestjs/common';
import { ApiBody } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { AI_SERVICE_CHAT, AI_SERVICE_CHAT_STREAM } from './dialects/ai-service/ai-service-chat.dialect.js';
import { SUMMARIZE } from './dialects/ai-service/summarize.dialect.js';
import { TRANSLATE } from './dialects/ai-service/translate.dialect.js';
import { CurrentExchange } from './inference-exchange.js';
import type { InferenceExchange } from './inference-exchange.js';
import { Inference } from './inference.decorator.js';

const CHAT_SCHEMA = {
  type: 'object',
  required: ['messages'],
  properties: {
    messages: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: { type: 'object' },
      example: [{ role: 'user', content: 'What is Python?' }],
    },
    model: { type: 'string', default: 'gpt-3.5-turbo' },
    max_tokens: { type: 'integer', minimum: 1, maximum: 4_000, default: 1_000 },
    temperature: { type: 'number', minimum: 0, maximum: 2, default: 0.7 },
  },
};
const SUMMARIZE_SCHEMA = {
  type: 'object',
  required: ['text'],
  properties: {
    text: { type: 'string', minLength: 10, maxLength: 50_000 },
    max_length: { type: 'integer', minimum: 50, maximum: 1_000, default: 200, description: 'words' },
    style: { type: 'string', enum: ['concise', 'detailed', 'bullet_points'], default: 'concise' },
  },
};
const TRANSLATE_SCHEMA = {
  type: 'object',
  required: ['text', 'target_language'],
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 10_000 },
    source_language: { type: 'string', maxLength: 50, default: 'auto' },
    target_language: { type: 'string', minLength: 2, maxLength: 50 },
  },
};

/** The routes of the AI service. */
@Controller('api/v1')
@Credentials('key', 'jwt')
export class AiServiceController {
  constructor(@Inject(ChatProxyService) private readonly proxy: ChatProxyService) {}

  /** Answers `{message, model, usage}`. */
  @Post('chat')
  @Inference(AI_SERVICE_CHAT)
  @ApiBody({ schema: CHAT_SCHEMA })
  chat(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }

  /** Streams `{token}` frames, then `{done, full_text}`. */
  @Post('chat/stream')
  @Inference(AI_SERVICE_CHAT_STREAM)
  @ApiBody({ schema: CHAT_SCHEMA })
  stream(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }

  /** Answers `{summary, original_length, summary_length, model, usage}`. */
  @Post('summarize')
  @Inference(SUMMARIZE)
  @ApiBody({ schema: SUMMARIZE_SCHEMA })
  summarize(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }

  /** Answers `{translated_text, source_language, target_language, model, usage}`. */
  @Post('translate')
  @Inference(TRANSLATE)
  @ApiBody({ schema: TRANSLATE_SCHEMA })
  translate(@CurrentExchange() exchange: InferenceExchange, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(exchange, reply);
  }
}
