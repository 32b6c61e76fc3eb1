import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { errorDialectOf } from './error-dialect.js';
import { invalidRequest } from './errors.js';
import { renderError } from './render-error.js';

/** Answers what the router refuses before there is a route, in our words: its own would quote the path. */
export function answerFrameworkError(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = invalidRequest('The path is not valid.', { code: 'invalid_path', retryable: false });
  const rendered = renderError(refusal, errorDialectOf(request.url.split('?', 1)[0] ?? '/'), request.id);
  void reply.status(rendered.status).headers(rendered.headers).send(rendered.body);
}
