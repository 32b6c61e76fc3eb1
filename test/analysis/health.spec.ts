import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Config } from '../../src/config/config.js';
import { Environment } from '../../src/config/environment.js';
import { HotDatabase } from '../../src/database/hot-database.js';
import { HealthModule } from '../../src/health/health.module.js';
import { AbsentJobQueue } from '../../src/queue/absent-job-queue.js';
import { JobQueue } from '../../src/queue/job-queue.js';
import { createDatabase, dropDatabase } from '../support/databases.js';
import { freePort } from '../support/free-port.js';

@Global()
@Module({})
class FoundationsModule {}

let app: NestFastifyApplication;

async function start(databaseUrl: string): Promise<void> {
  const config = new Config(new Environment(), { databaseUrl, redisUrl: undefined }, 'secret');
  const foundations = {
    module: FoundationsModule,
    providers: [{ provide: Config, useValue: config }, { provide: JobQueue, useClass: AbsentJobQueue }, HotDatabase],
    exports: [HotDatabase, JobQueue],
  };
  const root = { module: class TestRoot {}, imports: [foundations, HealthModule] };
  app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), { logger: false });
  await app.init();
}

async function get(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await app.inject({ method: 'GET', url });
  return { status: answer.statusCode, body: answer.json() };
}

afterEach(() => app.close());

it('is alive and ready with a database, without Redis', async () => {
  const databaseUrl = await createDatabase();
  await start(databaseUrl);
  expect(await get('/health')).toEqual({
    status: 200,
    body: { status: 'healthy', service: 'gatehouse', database: true, cache: false },
  });
  expect(await get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
  await dropDatabase(databaseUrl);
});

it('is alive but not ready without a database, and tells nothing about the address', async () => {
  const port = await freePort();
  await start(`postgresql://someone:secret@127.0.0.1:${port}/nowhere`);
  expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'healthy', database: false } });
  const ready = await get('/health/ready');
  expect(ready.status).toBe(503);
  expect(JSON.stringify(ready.body)).not.toMatch(new RegExp(`${port}|someone|secret|nowhere`));
});

it('says at the root where to find what', async () => {
  await start('postgresql://127.0.0.1:1/nowhere');
  expect(await get('/')).toEqual({
    status: 200,
    body: {
      status: 'healthy',
      message: expect.stringContaining('Gatehouse') as string,
      version: '1.0.0',
      docs: '/docs',
      health: '/health',
    },
  });
});
