import { createHash } from 'node:crypto';
import { Module } from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import { normalizeIp, ThrottlerModule } from '@nestjs/throttler';
import type { ThrottlerModuleOptions } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { AttemptCountersModule } from './attempt-counters.module.js';
import { AttemptCounters } from './attempt-counters.service.js';
import { ATTEMPT_LIMITS, ATTEMPT_WINDOW_MS } from './attempt-limits.js';
import { attemptedAccount } from './attempted-account.js';
import { limitedAttempts } from './limited-attempts.js';

const requestOf = (context: ExecutionContext): FastifyRequest => context.switchToHttp().getRequest<FastifyRequest>();
const limitOf = (context: ExecutionContext) => ATTEMPT_LIMITS[limitedAttempts(context).purpose];

const accountOf = (context: ExecutionContext): string | null =>
  attemptedAccount(requestOf(context), limitedAttempts(context).accountField);

/** The peer, or whom a trusted proxy names. Networks of IPv6 count as one address: everybody has a whole one. */
const addressOf = (context: ExecutionContext): string => normalizeIp(requestOf(context).ip);

/* The address comes first: whoever has used it up cannot fill the table with the names of accounts. */
const OPTIONS = {
  throttlers: [
    {
      name: 'address',
      ttl: ATTEMPT_WINDOW_MS,
      limit: (context) => limitOf(context).perAddress,
      getTracker: (_request, context) => addressOf(context),
    },
    {
      name: 'account-and-address',
      ttl: ATTEMPT_WINDOW_MS,
      limit: (context) => limitOf(context).perAccountAndAddress ?? 0,
      skipIf: (context) => limitOf(context).perAccountAndAddress === null || accountOf(context) === null,
      getTracker: (_request, context) => `${addressOf(context)} ${accountOf(context)}`,
    },
  ],
  // Hashed: the table holds no addresses and no names, and every key has the same length.
  generateKey: (context, tracker, name) =>
    createHash('sha256')
      .update([limitedAttempts(context).purpose, name, tracker].join('\n'))
      .digest('hex'),
} satisfies ThrottlerModuleOptions;

/** Limits on logins and whatever else somebody could try again and again. */
@Module({
  imports: [
    AttemptCountersModule,
    ThrottlerModule.forRootAsync({
      imports: [AttemptCountersModule],
      inject: [AttemptCounters],
      useFactory: (storage: AttemptCounters) => ({ ...OPTIONS, storage }),
    }),
  ],
  exports: [AttemptCountersModule],
})
export class ThrottlingModule {}
