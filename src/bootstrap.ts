import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { PinoLogger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { answerFrameworkError } from './common/errors/answer-framework-error.js';
import { DomainErrorFilter } from './common/errors/domain-error.filter.js';
import { withOptionalParameters } from './common/http/optional-parameters.js';
import { installRequestHooks, requestIdOf } from './common/http/request-hooks.js';
import { RequestValidationPipe } from './common/http/validation.pipe.js';
import { ApplicationLogger } from './common/logging/application-logger.js';
import { createLogger } from './common/logging/logger-options.js';
import type { Config } from './config/config.js';
import { API_VERSION } from './health/service-info.js';

const EXPOSED_HEADERS = [
  'x-request-id',
  'retry-after',
  'x-gateway-cost',
  'x-next-cursor',
  'x-gatehouse-cost',
  'x-gatehouse-overhead-ms',
  'x-gatehouse-cache',
  'idempotent-replayed',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-tokens',
  'x-quota-daily-limit',
  'x-quota-daily-remaining',
  'x-quota-daily-reset',
  'x-quota-monthly-limit',
  'x-quota-monthly-remaining',
  'x-quota-monthly-reset',
  'x-should-retry',
];

/** Builds the application without listening: adapter, pipes, filter, CORS, OpenAPI. */
export async function createApplication(config: Config): Promise<NestFastifyApplication> {
  const logger = createLogger(config);
  const adapter = new FastifyAdapter({
    bodyLimit: config.server.bodyLimitBytes,
    trustProxy: config.server.trustedProxies.length > 0 ? config.server.trustedProxies : false,
    genReqId: requestIdOf,
    requestIdHeader: false,
    routerOptions: { ignoreTrailingSlash: true },
    frameworkErrors: answerFrameworkError,
    // Idle keep-alive connections must not hold up a graceful exit.
    forceCloseConnections: 'idle',
  });
  installRequestHooks(adapter.getInstance(), logger);

  const app = await NestFactory.create<NestFastifyApplication>(AppModule.register(config, logger), adapter, {
    rawBody: true,
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(new ApplicationLogger(await app.resolve(PinoLogger), {}));
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(new DomainErrorFilter());
  enableCors(app, config.server.corsOrigins);
  if (config.server.docsEnabled) serveDocs(app);
  return app;
}

function enableCors(app: NestFastifyApplication, origins: string[]): void {
  const anyone = origins.includes('*');
  app.enableCors({
    origin: anyone ? '*' : origins,
    credentials: !anyone,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    allowedHeaders: ['Authorization', 'Content-Type', 'X-API-Key', 'X-Request-Id', 'Idempotency-Key', 'Cache-Control'],
    exposedHeaders: EXPOSED_HEADERS,
  });
}

function serveDocs(app: NestFastifyApplication): void {
  const document = new DocumentBuilder()
    .setTitle('Gatehouse')
    .setDescription('Self-hosted LLM access gateway: metered, policed, explainable.')
    .setVersion(API_VERSION)
    .addBearerAuth()
    .addApiKey({ type: 'apiKey', name: 'X-API-Key', in: 'header' }, 'api-key')
    .build();
  const factory = () => withOptionalParameters(SwaggerModule.createDocument(app, document));
  SwaggerModule.setup('docs', app, factory, { jsonDocumentUrl: 'docs-json', yamlDocumentUrl: 'docs-yaml' });
  SwaggerModule.setup('api/v1/docs', app, factory, {
    jsonDocumentUrl: 'api/v1/docs-json',
    yamlDocumentUrl: 'api/v1/docs-yaml',
  });
}
