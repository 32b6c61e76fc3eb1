import { Inject, Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { from, lastValueFrom } from 'rxjs';
import type { Observable } from 'rxjs';
import { forbidden } from '../../common/errors/errors.js';
import { toDomainError } from '../../common/errors/to-domain-error.js';
import type { Principal } from '../../common/principal.js';
import { assertModelAllowed } from '../api-keys/key-rights.js';
import { Config } from '../../config/config.js';
import { DatabaseClock } from '../../database/database-clock.js';
import type { ActiveAssignment } from '../tasks/task.js';
import { TasksService } from '../tasks/tasks.service.js';
import { AdmissionService } from '../usage/admission/admission.service.js';
import { quotaHeaders } from '../usage/admission/quota-headers.js';
import { SettlementService } from '../usage/settlement/settlement.service.js';
import type { CacheUse } from './answer-cache/caching-dispatcher.service.js';
import { newCallId } from './call-id.js';
import { ClientFingerprints } from './client-fingerprints.js';
import type { Dialect } from './dialects/dialect.js';
import type { ChatRequest } from './dialects/openai-chat/chat-request.js';
import { estimatePrompt } from './dialects/openai-chat/estimate.js';
import { assertNotForm } from './dialects/openai-fields.js';
import { AnswerRecording } from './idempotency/answer-recording.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import type { KeptAnswer } from './idempotency/idempotency.service.js';
import type { InferenceExchange, InferenceRequest } from './inference-exchange.js';
import { MeteredCall } from './metering/metered-call.js';
import { ModelCatalogue } from './models/model-catalogue.js';
import type { ModelRoute } from './models/model.js';
import { completionTokensWanted, mayWriteCache, priceToReserve, promptTokensToReserve } from './models/route-terms.js';
import { ROUTE_DIALECT } from './route-dialect.js';
import { withinTask } from './task-terms.js';

/** A request that was understood, and what answers for its model. */
interface UnderstoodRequest {
  readonly chat: ChatRequest;
  readonly route: ModelRoute;
  /** Null when the caller named none. */
  readonly task: ActiveAssignment | null;
  readonly startedAt: number;
  readonly requestId: string;
}

/**
 * Admits a call before its handler runs: reads the request in the dialect of its route, estimates it, takes the tokens. A
 * call under a task needs an active assignment to it, and stays within what the task allows.
 * Whatever the handler does, no hold outlives the request: what nobody settled was not dispatched, and is billed nothing.
 * A duplicate of a request with an idempotency key ends here, with the answer of the first.
 */
@Injectable()
export class QuotaInterceptor implements NestInterceptor {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(ModelCatalogue) private readonly catalogue: ModelCatalogue,
    @Inject(TasksService) private readonly tasks: TasksService,
    @Inject(AdmissionService) private readonly admissions: AdmissionService,
    @Inject(SettlementService) private readonly settlements: SettlementService,
    @Inject(IdempotencyService) private readonly idempotency: IdempotencyService,
    @Inject(DatabaseClock) private readonly clock: DatabaseClock,
    @Inject(ClientFingerprints) private readonly clients: ClientFingerprints,
    @Inject(Config) private readonly config: Config,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<InferenceRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const dialect = this.reflector.get<Dialect>(ROUTE_DIALECT, context.getHandler());
    const understood = await this.understand(dialect, request);
    try {
      const recording = await this.claim(request, reply, understood.requestId);
      if (recording !== null && !(recording instanceof AnswerRecording)) return from([replay(reply, recording)]);
      const call = await this.admit(request, understood, recording);
      request.exchange = { call, dialect, recording, cacheUse: cacheUseOf(request) };
      void reply.headers(quotaHeaders(call.hold.quota));
    } catch (error) {
      throw dialect.explain(toDomainError(error), understood.chat);
    }
    return from(this.handle(request.exchange, next));
  }

  private async understand(dialect: Dialect, request: InferenceRequest): Promise<UnderstoodRequest> {
    const startedAt = performance.now();
    const { body, rawBody, headers } = request;
    assertNotForm(headers['content-type']);
    const chat = dialect.decode({ body, rawBody, headers }, this.config);
    try {
      assertModelAllowed(request.user, chat.model);
      const task = await this.assignedTask(request.user.userId, chat.taskId ?? null);
      const route = await this.catalogue.resolve(chat.model);
      // The id's time is the call's place in the ledger, so it is the database's.
      return { chat, task, route, startedAt, requestId: newCallId(this.clock.now()) };
    } catch (error) {
      throw dialect.explain(toDomainError(error), chat);
    }
  }

  private async assignedTask(userId: number, taskId: number | null): Promise<ActiveAssignment | null> {
    if (taskId === null) return null;
    const task = await this.tasks.activeAssignment(userId, taskId);
    if (task !== null) return task;
    throw forbidden('User is not assigned to this task', { code: 'task_not_assigned', retryable: false });
  }

  /** Null when the client sent no key. */
  private async claim(
    request: InferenceRequest,
    reply: FastifyReply,
    requestId: string,
  ): Promise<KeptAnswer | AnswerRecording | null> {
    const key = request.headers['idempotency-key'];
    if (key === undefined) return null;
    return this.idempotency.begin({
      userId: request.user.userId,
      key: String(key),
      endpoint: endpointOf(request),
      rawBody: request.rawBody ?? Buffer.alloc(0),
      requestId,
      isAbandoned: () => reply.raw.destroyed,
    });
  }

  private async admit(
    request: InferenceRequest,
    { chat, route, task, startedAt, requestId }: UnderstoodRequest,
    recording: AnswerRecording | null,
  ): Promise<MeteredCall> {
    try {
      const hold = await this.admissions.admit({
        ...withinTask(admissionOf(chat, route, request.user), task),
        client: this.clients.of(request.user.userId, request.ip, request.headers['user-agent']),
        endpoint: endpointOf(request),
        requestId,
      });
      return new MeteredCall(chat, route, hold, this.settlements, startedAt);
    } catch (error) {
      await recording?.releaseIfUnanswered();
      throw error;
    }
  }

  private async handle({ call, recording }: InferenceExchange, next: CallHandler): Promise<unknown> {
    try {
      return await lastValueFrom(next.handle(), { defaultValue: undefined });
    } finally {
      await call.releaseIfUnsettled({ httpStatus: 500, errorCode: 'internal_error' });
      await recording?.releaseIfUnanswered();
    }
  }
}

function endpointOf(request: InferenceRequest): string {
  return request.routeOptions.url ?? request.url;
}

/** What the key wants, less what the client asks to be left out for this request. */
function cacheUseOf({ user, headers }: InferenceRequest): CacheUse {
  const wishes = headers['cache-control'] ?? '';
  if (!user.cacheAnswers || /\bno-store\b/i.test(wishes)) return 'none';
  return /\bno-cache\b/i.test(wishes) ? 'refresh' : 'full';
}

function replay(reply: FastifyReply, { contentType, body }: KeptAnswer): void {
  void reply
    .headers({ 'content-type': contentType, 'cache-control': 'no-cache', 'idempotent-replayed': 'true' })
    .send(body);
}

function admissionOf(chat: ChatRequest, route: ModelRoute, user: Principal) {
  const [target] = route.targets;
  const prompt = estimatePrompt(chat, route.imageTokens);
  return {
    userId: user.userId,
    apiKeyId: user.apiKeyId,
    taskId: chat.taskId ?? null,
    model: route.model,
    provider: target.provider,
    promptTokensReserved: promptTokensToReserve(route, chat.body, prompt.reserved),
    promptTokensCounted: prompt.counted,
    completionTokensWanted: completionTokensWanted(route, chat.completionTokensAsked, prompt.reserved),
    choices: chat.choices,
    price: priceToReserve(route, mayWriteCache(chat.rawBody)),
  };
}
