import { Controller, HttpCode, Inject, Post, Res, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Credentials } from '../../common/decorators/credentials.decorator.js';
import { Scope } from '../../common/decorators/scope.decorator.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { MeteredCall } from './metering/metered-call.js';
import { CurrentCall } from './metering/metered-request.js';
import { QuotaInterceptor } from './quota.interceptor.js';

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

@ApiTags('inference')
@ApiSecurity('api-key')
@Controller()
export class ChatCompletionsController {
  constructor(@Inject(ChatProxyService) private readonly proxy: ChatProxyService) {}

  /** OpenAI's chat completions, JSON or SSE. Fields that are not listed here pass through to the provider. */
  @Post(['v1/chat/completions', 'api/v1/chat/completions'])
  @HttpCode(200)
  @Credentials('key', 'jwt')
  @Scope('chat')
  @UseInterceptors(QuotaInterceptor)
  @ApiBody({ schema: REQUEST_SCHEMA })
  complete(@CurrentCall() call: MeteredCall, @Res() reply: FastifyReply): Promise<void> {
    return this.proxy.answer(call, reply);
  }
}
