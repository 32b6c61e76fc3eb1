import { createParamDecorator } from '@nestjs/common';
import type { ExecutionContext, RawBodyRequest } from '@nestjs/common';
import type { AuthenticatedRequest } from '../../common/http/authenticated-request.js';
import type { Dialect } from './dialects/dialect.js';
import type { AnswerRecording } from './idempotency/answer-recording.js';
import type { MeteredCall } from './metering/metered-call.js';

/** An admitted call, the dialect that its client speaks, and whether its answer is kept for duplicates. */
export interface InferenceExchange {
  readonly call: MeteredCall;
  readonly dialect: Dialect;
  readonly recording: AnswerRecording | null;
}

/** A request behind the quota interceptor. */
export type InferenceRequest = RawBodyRequest<AuthenticatedRequest> & { exchange: InferenceExchange };

/** The admitted call of the request. */
export const CurrentExchange = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<InferenceRequest>().exchange,
);
