import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** One count that a request was added to. */
export interface CountedAttempt {
  readonly key: string;
  readonly limit: number;
}

/** Which counts a request in progress was added to, in case they are given back. */
@Injectable()
export class CountedAttempts {
  private readonly byRequest = new WeakMap<FastifyRequest, CountedAttempt[]>();

  note(request: FastifyRequest, attempt: CountedAttempt): void {
    this.byRequest.set(request, [...(this.byRequest.get(request) ?? []), attempt]);
  }

  take(request: FastifyRequest): CountedAttempt[] {
    const attempts = this.byRequest.get(request) ?? [];
    this.byRequest.delete(request);
    return attempts;
  }
}
