import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ConfigurationError } from '../../config/configuration-error.js';
import { Config } from '../../config/config.js';
import type { GatewaySettings } from '../../config/gateway/gateway-settings.js';
import { ModelCatalogue } from './models/model-catalogue.js';
import { ProviderRegistry } from './providers/provider-registry.js';

/**
 * Reads the configuration file again on SIGHUP. A file that cannot be used changes nothing. Without a file the signal
 * keeps its usual meaning: the terminal is gone, and so is the process.
 */
@Injectable()
export class GatewayReloadService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(GatewayReloadService.name);
  private readonly onHangUp = () => this.reload();

  constructor(
    @Inject(Config) private readonly config: Config,
    @Inject(ProviderRegistry) private readonly providers: ProviderRegistry,
    @Inject(ModelCatalogue) private readonly catalogue: ModelCatalogue,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.gateway.source.file !== undefined) process.on('SIGHUP', this.onHangUp);
  }

  onApplicationShutdown(): void {
    process.off('SIGHUP', this.onHangUp);
  }

  private reload(): void {
    const settings = this.read();
    if (settings === undefined) return;
    this.providers.configure(settings.providers);
    this.catalogue.configure(settings);
    const { providers, models, priceVersion } = settings;
    this.logger.log(
      { providers: providers.map(({ name }) => name), models: models.length, priceVersion },
      'providers and models were read again',
    );
  }

  private read(): GatewaySettings | undefined {
    try {
      const settings = this.config.gateway.source.read();
      if (settings.providers.length > 0 || !this.config.production) return settings;
      this.logger.error('the configuration stays as it was: production needs a provider');
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.logger.error(`the configuration stays as it was: ${error.message}`);
    }
    return undefined;
  }
}
