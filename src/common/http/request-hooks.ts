import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { withoutRedaction } from '../logging/logger-options.js';
import { drainBody } from './drain-body.js';

const USABLE_ID = /^[\w.:-]{1,128}$/;
/** The refusals that need not have read the body. */
const REFUSED_UNREAD: readonly number[] = [401, 413];

/** The client's `x-request-id` when it is fit to be echoed, else one of ours. It names log lines, never ledger rows. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && USABLE_ID.test(given) ? given : randomUUID();
}

/** Puts the request id on every answer and writes one log line for each. */
export function installRequestHooks(server: FastifyInstance, logger: Logger): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    // Many clients announce JSON on every request, also on those that have no body.
    if (hasNoBody(request.raw)) delete request.raw.headers['content-type'];
    done();
  });
  // A connection that is closed while the client still sends takes the answer with it.
  server.addHook('onSend', (request, reply, _payload, done) => {
    if (!REFUSED_UNREAD.includes(reply.statusCode) || hasNoBody(request.raw)) return done();
    drainBody(request.raw).then(() => done(), done);
  });
  const requestLogger = withoutRedaction(logger);
  server.addHook('onResponse', (request, reply, done) => {
    requestLogger.info(
      {
        reqId: request.id,
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
      },
      'request',
    );
    done();
  });
}

function hasNoBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] === undefined && (length === undefined || length === '0');
}
