import { Injectable } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { catchError, concatMap, from, map } from 'rxjs';
import type { Observable } from 'rxjs';
import { DomainError } from '../../../common/errors/domain-error.js';
import type { ErrorKind } from '../../../common/errors/domain-error.js';
import { AttemptCounters } from './attempt-counters.service.js';
import { ATTEMPT_LIMITS } from './attempt-limits.js';
import { CountedAttempts } from './counted-attempts.js';
import { limitedAttempts } from './limited-attempts.js';

/** Nothing was tried: the body was no use, or we could not tell. */
const NOT_TRIED: readonly ErrorKind[] = ['unprocessable', 'unavailable'];

/** Gives an attempt back once it turns out to be none, so that nobody is refused for logging in often. */
@Injectable()
export class AttemptOutcomeInterceptor implements NestInterceptor {
  constructor(
    private readonly counters: AttemptCounters,
    private readonly counted: CountedAttempts,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const attempts = this.counted.take(context.switchToHttp().getRequest<FastifyRequest>());
    const { countsSuccesses } = ATTEMPT_LIMITS[limitedAttempts(context).purpose];
    return next.handle().pipe(
      concatMap((answer: unknown) =>
        from(countsSuccesses ? Promise.resolve() : this.counters.giveBack(attempts)).pipe(map(() => answer)),
      ),
      catchError(async (error: unknown) => {
        if (error instanceof DomainError && NOT_TRIED.includes(error.kind)) {
          await this.counters.giveBack(attempts);
        }
        throw error;
      }),
    );
  }
}
