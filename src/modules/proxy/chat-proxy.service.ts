import { Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { DomainError } from '../../common/errors/domain-error.js';
import { renderError } from '../../common/errors/render-error.js';
import { toDomainError } from '../../common/errors/to-domain-error.js';
import { Config } from '../../config/config.js';
import { LeaseService } from '../usage/leases/lease.service.js';
import { upstreamBody } from './dialects/openai-chat/upstream-body.js';
import { DispatcherService } from './dispatcher.service.js';
import type { CallEnd, MeteredCall } from './metering/metered-call.js';
import type { ModelTarget } from './models/model.js';
import type { UpstreamCall } from './providers/provider.js';
import { failureError } from './relay/call-failure.js';
import { CallWatch } from './relay/call-watch.js';
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
    @Inject(Config) private readonly config: Config,
  ) {}

  /**
   * Answers the client. The call is settled when this returns or throws.
   * @throws DomainError as long as nothing has been sent; a stream under way ends with an error event instead
   */
  async answer(call: MeteredCall, reply: FastifyReply): Promise<void> {
    const { idleTimeoutMs, totalTimeoutMs } = this.config.upstream;
    const lease = this.leases.start(call.hold, () => call.tally.completionTokens);
    const watch = new CallWatch(reply.raw, lease.lost, totalTimeoutMs);
    const prepare = (target: ModelTarget) => chatCallTo(target, call);
    const dispatch = { call, lease, signal: watch.signal, prepare };
    try {
      if (call.request.stream) {
        await this.dispatcher.dispatch({
          ...dispatch,
          read: ({ body }) =>
            new StreamRelay(body, reply, call, watch, { idleTimeoutMs, keepAliveMs: KEEP_ALIVE_MS }).run(),
        });
      } else {
        const { bytes, completion } = await this.dispatcher.dispatch({
          ...dispatch,
          read: ({ body }) => readWholeAnswer(body, idleTimeoutMs),
        });
        call.tally.addCompletion(completion);
        await call.settle({ status: 'completed', httpStatus: 200, errorCode: null });
        this.sendWhole(call, reply, bytes);
      }
    } catch (error) {
      await this.fail(call, watch, reply, error);
    } finally {
      watch.stop();
      lease.stop();
    }
  }

  private sendWhole(call: MeteredCall, reply: FastifyReply, bytes: Buffer): void {
    void reply
      .status(200)
      .headers({
        'content-type': 'application/json; charset=utf-8',
        'openai-processing-ms': String(call.elapsedMs()),
        'x-gateway-cost': call.costUsd().toFixed(9),
      })
      .send(bytes);
  }

  /** Bills a call that failed before anything was sent, and says what the client is told, if it is still there. */
  private async fail(call: MeteredCall, watch: CallWatch, reply: FastifyReply, thrown: unknown): Promise<void> {
    const { interruption } = watch;
    if (interruption === 'client_gone') {
      reply.hijack();
      const status = call.isDispatched ? 'client_aborted' : 'not_dispatched';
      await this.settleQuietly(call, { status, httpStatus: 499, errorCode: 'client_aborted' });
      return;
    }
    const error = interruption === null ? toDomainError(thrown) : failureError(interruption, thrown);
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

function chatCallTo({ upstreamModel }: ModelTarget, { request, hold }: MeteredCall): UpstreamCall {
  const body = upstreamBody(request, upstreamModel, hold.completionTokensAllowed);
  return { format: 'chat/completions', stream: request.stream, body };
}
