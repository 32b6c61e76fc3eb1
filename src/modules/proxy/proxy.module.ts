import { Module } from '@nestjs/common';
import { AuthModule } from '../auth/auth.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AiServiceController } from './ai-service.controller.js';
import { AiWorkerController } from './ai-worker.controller.js';
import { AnthropicController } from './anthropic.controller.js';
import { BodyTokenGuard } from './body-token.guard.js';
import { ByteChatController } from './bytechat.controller.js';
import { ChatCompletionsController } from './chat-completions.controller.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { CloudflareBillingController } from './cloudflare-billing.controller.js';
import { DispatcherService } from './dispatcher.service.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { BalanceReader } from './metering/balance-reader.service.js';
import { GatewayReloadService } from './gateway-reload.service.js';
import { ModelCatalogue } from './models/model-catalogue.js';
import { ModelsController } from './models.controller.js';
import { OpenAiController } from './openai.controller.js';
import { ProviderRegistry } from './providers/provider-registry.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { CircuitBreakers } from './resilience/circuit-breakers.js';
import { UpstreamStatistics } from './resilience/upstream-statistics.js';

/** The gateway: admits a call, sends it to a provider, passes the answer on and bills it. */
@Module({
  imports: [AuthModule, UsageModule, TasksModule],
  controllers: [
    ChatCompletionsController,
    OpenAiController,
    AnthropicController,
    ModelsController,
    CloudflareBillingController,
    AiWorkerController,
    ByteChatController,
    AiServiceController,
  ],
  providers: [
    ProviderRegistry,
    ModelCatalogue,
    GatewayReloadService,
    CircuitBreakers,
    UpstreamStatistics,
    DispatcherService,
    BalanceReader,
    IdempotencyService,
    BodyTokenGuard,
    ChatProxyService,
    QuotaInterceptor,
  ],
})
export class ProxyModule {}
