import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Config } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { Environment } from '../../src/config/environment.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { MisuseModule } from '../../src/modules/misuse/misuse.module.js';
import type { QueueOptions } from '../../src/queue/queue-options.js';
import { QueueModule } from '../../src/queue/queue.module.js';

@Module({})
class AnalysisOnlyModule {}

/** One process's share of the analysis: outbox, Bull where there is a Redis, and the handler. */
export async function startAnalysis(
  databaseUrl: string,
  options: Partial<QueueOptions> = {},
  environment: Partial<Environment> = {},
): Promise<INestApplicationContext> {
  const queue: QueueOptions = { role: 'all', redisUrl: undefined, ...options };
  const config = new Config(
    Object.assign(new Environment(), environment),
    { databaseUrl, redisUrl: undefined },
    'a-secret-of-the-tests',
  );
  const imports = [
    ConfigModule.register(config),
    DatabaseModule,
    QueueModule.register(queue),
    MisuseModule.register(queue),
  ];
  return NestFactory.createApplicationContext({ module: AnalysisOnlyModule, imports }, { logger: false });
}
