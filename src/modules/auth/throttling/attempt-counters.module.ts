import { Module } from '@nestjs/common';
import { AttemptCounters } from './attempt-counters.service.js';
import { CountedAttempts } from './counted-attempts.js';

@Module({
  providers: [AttemptCounters, CountedAttempts],
  exports: [AttemptCounters, CountedAttempts],
})
export class AttemptCountersModule {}
