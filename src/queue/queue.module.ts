import { BullModule } from '@nestjs/bull';
import { Global, Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { AbsentJobQueue } from './absent-job-queue.js';
import { BullConnections } from './bull-connections.js';
import { BullJobQueue } from './bull-job-queue.js';
import { JobQueue } from './job-queue.js';
import { OutboxConsumer } from './outbox-consumer.service.js';
import { OutboxDispatcher } from './outbox-dispatcher.service.js';
import { OutboxHandlers } from './outbox-handlers.js';
import { OUTBOX_QUEUE } from './outbox-job.js';
import { OutboxRepository } from './outbox.repository.js';
import { QUEUE_OPTIONS } from './queue-options.js';
import type { QueueOptions } from './queue-options.js';

/** The outbox and, when a Redis URL is given, the Bull queue that spreads its rows over the workers. */
@Global()
@Module({})
export class QueueModule {
  static register(options: QueueOptions): DynamicModule {
    const remote = options.redisUrl === undefined ? withoutRedis() : withBull(new BullConnections(options.redisUrl));
    return {
      module: QueueModule,
      imports: remote.imports,
      providers: [
        { provide: QUEUE_OPTIONS, useValue: options },
        ...remote.providers,
        OutboxRepository,
        OutboxHandlers,
        OutboxConsumer,
        OutboxDispatcher,
      ],
      exports: [JobQueue, OutboxRepository, OutboxHandlers, OutboxConsumer],
    };
  }
}

interface Remote {
  readonly imports: DynamicModule[];
  readonly providers: Provider[];
}

function withoutRedis(): Remote {
  return { imports: [], providers: [{ provide: JobQueue, useClass: AbsentJobQueue }] };
}

function withBull(connections: BullConnections): Remote {
  return {
    imports: [BullModule.registerQueueAsync({ name: OUTBOX_QUEUE, useFactory: () => connections.queueOptions() })],
    providers: [
      { provide: BullConnections, useValue: connections },
      { provide: JobQueue, useClass: BullJobQueue },
    ],
  };
}
