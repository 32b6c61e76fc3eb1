import { applyDecorators, UseGuards, UseInterceptors } from '@nestjs/common';
import { ApiTooManyRequestsResponse } from '@nestjs/swagger';
import { AttemptOutcomeInterceptor } from './attempt-outcome.interceptor.js';
import { AttemptGuard } from './attempt.guard.js';
import type { AttemptPurpose } from './attempt-limits.js';
import { LimitedAttemptsOf } from './limited-attempts.js';
import type { LimitedAttempts } from './limited-attempts.js';

/** Counts the attempts on a route by address, and by account and address; `attempt-limits.ts` says how many pass. */
export const LimitAttempts = (purpose: AttemptPurpose, accountField?: LimitedAttempts['accountField']) =>
  applyDecorators(
    LimitedAttemptsOf({ purpose, accountField }),
    UseGuards(AttemptGuard),
    UseInterceptors(AttemptOutcomeInterceptor),
    ApiTooManyRequestsResponse({ description: 'Too many attempts; `Retry-After` says when to come back' }),
  );
