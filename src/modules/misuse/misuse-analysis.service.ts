import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { OutboxHandler } from '../../queue/outbox-handler.js';
import { OutboxHandlers } from '../../queue/outbox-handlers.js';
import { CALL_SETTLED } from '../../queue/outbox-job.js';
import type { OutboxItem } from '../../queue/outbox-job.js';
import { OutboxRepository } from '../../queue/outbox.repository.js';
import { classifyIntent } from '../classification/intent-classifier.js';
import { AnalysisRepository } from './analysis.repository.js';

/** Finds out what settled calls were for, and writes it to their ledger rows. */
@Injectable()
export class MisuseAnalysisService implements OutboxHandler, OnModuleInit {
  constructor(
    private readonly dataSource: DataSource,
    private readonly handlers: OutboxHandlers,
    private readonly outbox: OutboxRepository,
    private readonly analyses: AnalysisRepository,
  ) {}

  onModuleInit(): void {
    this.handlers.register(CALL_SETTLED, this);
  }

  /** One transaction for the batch: verdicts and outbox rows go together, so that each call is analysed exactly once. */
  async handle(items: readonly OutboxItem[]): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const calls = await this.outbox.lock(manager, CALL_SETTLED, items);
      if (calls.length === 0) return;
      const prompts = await this.analyses.prompts(manager, calls);
      const verdicts = calls.map((call) => ({ ...call, ...classifyIntent(prompts.get(call.requestId) ?? '') }));
      await this.analyses.save(manager, verdicts);
      await this.outbox.complete(manager, calls);
    });
  }
}
