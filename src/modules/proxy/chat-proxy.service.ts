import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { DomainError } from '../../common/errors/domain-error.js';
import { renderError } from '../../common/errors/render-error.js';
import { toDomainError } from '../../common/errors/to-domain-error.js';
import { Config } from '../../config/config.js';
import type { Lease } from '../usage/admission/admission.types.js';
import { LeaseService } from '../usage/leases/lease.service.js';
import type { AnswerContext } from './dialects/dialect.js';
import { DispatcherService } from './dispatcher.service.js';
import type { InferenceExchange } from './inference-exchange.js';
import { BalanceReader } from './metering/balance-reader.service.js';
import type { CallEnd, MeteredCall } from './metering/metered-call.js';
import type { ModelTarget } from './models/model.js';
import type { Provider, UpstreamCall, WireFormat } from './providers/provider.js';
import { failureError } from './relay/call-failure.js';
import { CallWatch } from './relay/call-watch.js';
import { completionIn, streamReaderOf } from './relay/answer-formats.js';
import { StreamRelay } from './relay/stream-relay.js';
import { readWholeAnswer } from './relay/whole-answer.js';

const KEEP_ALIVE_MS = 15_000;

/** The story of one admitted request: send it, pass the answer on, bill it, then let the client see the end. */
@Injectable()
export class ChatProxyService {
  private readonly logger = new Logger(ChatProxyService.name);

  constructor(
    @Inject(DispatcherService) private readonly dispatcher: DispatcherService,
    @Inject(LeaseService) private readonly leases: LeaseService,
    @Inject(BalanceReader) private readonly balances: BalanceReader,
    @Inject(Config) private readonly config: Config,
  ) {}

  /**
   * Answers the client. The call is settled when this returns or throws.
   * @throws DomainError as long as nothing has been sent; a stream under way ends with an error event instead
   */
  async answer(exchange: InferenceExchange, reply: FastifyReply): Promise<void> {
    const { call } = exchange;
    const lease = this.leases.start(call.hold, () => call.tally.completionTokens);
    const watch = new CallWatch(reply.raw, lease.lost, this.config.upstream.totalTimeoutMs);
    try {
      if (call.request.stream) await this.stream(exchange, reply, lease, watch);
      else await this.answerWhole(exchange, reply, lease, watch);
    } catch (error) {
      await this.fail(exchange, watch, reply, error);
    } finally {
      watch.stop();
      lease.stop();
    }
  }

  private stream(exchange: InferenceExchange, reply: FastifyReply, lease: Lease, watch: CallWatch): Promise<void> {
    const { call, recording } = exchange;
    const { idleTimeoutMs } = this.config.upstream;
    return this.dispatcher.dispatch({
      ...{ call, lease, signal: watch.signal, prepare: preparing(exchange) },
      read: ({ body, format }) => {
        const encoder = exchange.dialect.encode(this.answerContext(call, format));
        const reader = streamReaderOf(format);
        const options = { encoder, reader, recording, idleTimeoutMs, keepAliveMs: KEEP_ALIVE_MS };
        return new StreamRelay(body, reply, call, watch, options).run();
      },
    });
  }

  private async answerWhole(
    { call, dialect, recording }: InferenceExchange,
    reply: FastifyReply,
    lease: Lease,
    watch: CallWatch,
  ): Promise<void> {
    const { bytes, answer, format } = await this.dispatcher.dispatch({
      ...{ call, lease, signal: watch.signal, prepare: preparing({ call, dialect }) },
      read: ({ body, format }) => readWholeAnswer(body, format, this.config.upstream.idleTimeoutMs),
    });
    call.answerArrived();
    call.tally.addCompletion(completionIn(format, answer));
    await recording?.finishing();
    await call.settle({ status: 'completed', httpStatus: 200, errorCode: null });
    const encoded = await dialect.encode(this.answerContext(call, format)).whole(answer, bytes);
    await recording?.keepJson(encoded);
    this.sendWhole(call, reply, encoded);
  }

  private answerContext(call: MeteredCall, format: WireFormat): AnswerContext {
    return { call, format, tokensLeft: () => this.balances.tokensLeft(call) };
  }

  private sendWhole(call: MeteredCall, reply: FastifyReply, bytes: Buffer): void {
    void reply
      .status(200)
      .headers({
        'content-type': 'application/json; charset=utf-8',
        'openai-processing-ms': String(call.elapsedMs()),
        'x-gateway-cost': call.costUsd().toFixed(9),
        'x-gatehouse-cost': call.costUsd().toFixed(9),
        'x-gatehouse-overhead-ms': String(call.overheadMs()),
      })
      .send(bytes);
  }

  /** Bills a call that failed before anything was sent, and says what the client is told, if it is still there. */
  private async fail(
    { call, dialect }: InferenceExchange,
    watch: CallWatch,
    reply: FastifyReply,
    thrown: unknown,
  ): Promise<void> {
    const { interruption } = watch;
    if (interruption === 'client_gone') {
      reply.hijack();
      const status = call.isDispatched ? 'client_aborted' : 'not_dispatched';
      await this.settleQuietly(call, { status, httpStatus: 499, errorCode: 'client_aborted' });
      return;
    }
    const failure = interruption === null ? toDomainError(thrown) : failureError(interruption, thrown);
    const error = dialect.explain(failure, call.request);
    await this.settleQuietly(call, {
      status: interruption === 'lease_lost' ? 'interrupted' : 'upstream_error',
      httpStatus: renderError(error, 'openai').status,
      errorCode: error.details.code ?? null,
    });
    this.logUpstreamFailure(call, error);
    throw error;
  }

  private async settleQuietly(call: MeteredCall, end: CallEnd): Promise<void> {
    try {
      await call.settle(end);
    } catch (error) {
      this.logger.warn({ err: error, requestId: call.requestId }, 'the bill of a call is delayed');
    }
  }

  private logUpstreamFailure(call: MeteredCall, { kind, details }: DomainError): void {
    const { requestId, provider, attempts } = call;
    const facts = { err: details.cause, requestId, kind, code: details.code, provider, attempts };
    this.logger.warn(facts, 'a call failed');
  }
}

/** What each target of a call is sent, in the formats that the dialect knows and the provider speaks. */
function preparing({ call, dialect }: Pick<InferenceExchange, 'call' | 'dialect'>) {
  return ({ upstreamModel }: ModelTarget, provider: Provider): UpstreamCall | undefined =>
    dialect.upstreamCall(call.request, {
      provider,
      upstreamModel,
      completionTokensAllowed: call.hold.completionTokensAllowed,
    });
}
