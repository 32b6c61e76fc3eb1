import { Catch, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from './domain-error.js';
import { errorDialectOf } from './error-dialect.js';
import { renderError } from './render-error.js';
import { toDomainError } from './to-domain-error.js';

/** The one place where errors become HTTP, in the dialect of the route. */
@Catch()
export class DomainErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = toDomainError(exception, request.routeOptions.bodyLimit);
    this.log(error, request);
    if (reply.raw.headersSent || reply.raw.destroyed) {
      // Too late for a status: what was sent must not look complete.
      reply.raw.destroy();
      return;
    }
    const rendered = renderError(error, errorDialectOf(pathOf(request)), request.id);
    void reply.status(rendered.status).headers(rendered.headers).send(rendered.body);
  }

  private log(error: DomainError, request: FastifyRequest): void {
    const facts = { reqId: request.id, kind: error.kind, code: error.details.code };
    const cause = error.details.cause;
    if (error.kind === 'internal') this.logger.error({ ...facts, err: cause ?? error }, error.message);
    // An outage or a flood repeats itself: one line each, without a stack.
    else if (error.kind === 'unavailable') this.logger.warn({ ...facts, cause: causeOf(cause) }, error.message);
  }
}

function causeOf(cause: unknown): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '/';
}
