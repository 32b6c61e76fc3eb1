import { Inject, Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { from, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { v7 as uuidv7 } from 'uuid';
import type { Principal } from '../../common/principal.js';
import { AdmissionService } from '../usage/admission/admission.service.js';
import { quotaHeaders } from '../usage/admission/quota-headers.js';
import { SettlementService } from '../usage/settlement/settlement.service.js';
import type { ChatRequest } from './dialects/openai-chat/chat-request.js';
import { validateChatRequest } from './dialects/openai-chat/chat-request.validator.js';
import { estimatePrompt } from './dialects/openai-chat/estimate.js';
import { MeteredCall } from './metering/metered-call.js';
import type { MeteredRequest } from './metering/metered-request.js';
import { ModelCatalogue } from './models/model-catalogue.js';
import type { ModelRoute } from './models/model.js';

/** Left for the completion where the prompt's bound alone seems to fill the context: most prompts are much smaller. */
const LEAST_COMPLETION_TOKENS = 1_024;

/**
 * Admits a call before its handler runs: reads the request, estimates it, takes the tokens. Whatever the handler does,
 * no hold outlives the request: what nobody settled was not dispatched, and is billed nothing.
 */
@Injectable()
export class QuotaInterceptor implements NestInterceptor {
  constructor(
    @Inject(ModelCatalogue) private readonly catalogue: ModelCatalogue,
    @Inject(AdmissionService) private readonly admissions: AdmissionService,
    @Inject(SettlementService) private readonly settlements: SettlementService,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<MeteredRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    request.meteredCall = await this.admit(request);
    void reply.headers(quotaHeaders(request.meteredCall.hold.quota));
    return from(this.handle(request.meteredCall, next));
  }

  private async admit(request: MeteredRequest): Promise<MeteredCall> {
    const startedAt = performance.now();
    const chat = validateChatRequest(request.body, request.rawBody);
    const route = await this.catalogue.resolve(chat.model);
    const endpoint = request.routeOptions.url ?? request.url;
    const hold = await this.admissions.admit(admissionOf(chat, route, request.user, endpoint));
    return new MeteredCall(chat, route, hold, this.settlements, startedAt);
  }

  private async handle(call: MeteredCall, next: CallHandler): Promise<unknown> {
    try {
      return await lastValueFrom(next.handle(), { defaultValue: undefined });
    } finally {
      await call.releaseIfUnsettled({ httpStatus: 500, errorCode: 'internal_error' });
    }
  }
}

function admissionOf(chat: ChatRequest, route: ModelRoute, user: Principal, endpoint: string) {
  const [target] = route.targets;
  const prompt = estimatePrompt(chat, route.imageTokens);
  return {
    requestId: uuidv7(),
    userId: user.userId,
    apiKeyId: user.apiKeyId,
    taskId: null,
    endpoint,
    model: route.model,
    provider: target.provider,
    promptTokensReserved: prompt.reserved,
    promptTokensCounted: prompt.counted,
    completionTokensWanted: chat.completionTokensAsked ?? defaultCompletionTokens(route, prompt.reserved),
    choices: chat.choices,
    price: target.price,
  };
}

/** The model's default, or what its context leaves for it. */
function defaultCompletionTokens(route: ModelRoute, promptTokens: number): number {
  const room = Math.max(LEAST_COMPLETION_TOKENS, route.contextTokens - promptTokens);
  return Math.min(route.defaultCompletionTokens, room);
}
