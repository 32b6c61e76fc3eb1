import { Module } from '@nestjs/common';
import { UsageModule } from '../usage/usage.module.js';
import { ChatCompletionsController } from './chat-completions.controller.js';
import { ChatProxyService } from './chat-proxy.service.js';
import { DispatcherService } from './dispatcher.service.js';
import { GatewayReloadService } from './gateway-reload.service.js';
import { ModelCatalogue } from './models/model-catalogue.js';
import { ModelsController } from './models.controller.js';
import { ProviderRegistry } from './providers/provider-registry.js';
import { QuotaInterceptor } from './quota.interceptor.js';
import { CircuitBreakers } from './resilience/circuit-breakers.js';
import { UpstreamStatistics } from './resilience/upstream-statistics.js';

/** The gateway: admits a call, sends it to a provider, passes the answer on and bills it. */
@Module({
  imports: [UsageModule],
  controllers: [ChatCompletionsController, ModelsController],
  providers: [
    ProviderRegistry,
    ModelCatalogue,
    GatewayReloadService,
    CircuitBreakers,
    UpstreamStatistics,
    DispatcherService,
    ChatProxyService,
    QuotaInterceptor,
  ],
})
export class ProxyModule {}
