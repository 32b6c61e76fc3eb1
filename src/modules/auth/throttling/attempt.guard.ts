import { Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { getOptionsToken, ThrottlerGuard } from '@nestjs/throttler';
import type { ThrottlerModuleOptions, ThrottlerRequest } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../../common/errors/domain-error.js';
import { AttemptCounters } from './attempt-counters.service.js';
import { CountedAttempts } from './counted-attempts.js';

/** Refuses who tries too often: 429 with `Retry-After`, in the dialect of the route. Stands before the body is validated. */
@Injectable()
export class AttemptGuard extends ThrottlerGuard {
  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    // Named, because the inherited constructor asks for a storage that can count only.
    @Inject(AttemptCounters) private readonly counters: AttemptCounters,
    reflector: Reflector,
    private readonly counted: CountedAttempts,
  ) {
    super(options, counters, reflector);
  }

  protected override async handleRequest(asked: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, throttler, getTracker, generateKey } = asked;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = generateKey(context, await getTracker(request, context), throttler.name ?? '');
    const count = await this.counters.increment(key, ttl, limit);
    if (count.isBlocked) {
      // One client that goes on with a wrong password must not use up what everybody behind its address may try.
      await this.counters.giveBack(this.counted.take(request));
      throw new DomainError('rate_limited', 'Too many attempts. Please try again later.', {
        code: 'rate_limit_exceeded',
        retryAfterSeconds: count.timeToBlockExpire,
      });
    }
    this.counted.note(request, { key, limit });
    return true;
  }
}
