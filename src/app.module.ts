import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Logger } from 'pino';
import { loggerModuleOptions } from './common/logging/logger-options.js';
import { Config } from './config/config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { AdminModule } from './modules/admin/admin.module.js';
import { ApiKeysModule } from './modules/api-keys/api-keys.module.js';
import { AuditModule } from './modules/audit/audit.module.js';
import { AuthModule } from './modules/auth/auth.module.js';
import { MisuseModule } from './modules/misuse/misuse.module.js';
import { PrivacyModule } from './modules/privacy/privacy.module.js';
import { ProxyModule } from './modules/proxy/proxy.module.js';
import { TasksModule } from './modules/tasks/tasks.module.js';
import { UsageModule } from './modules/usage/usage.module.js';
import { UsersModule } from './modules/users/users.module.js';
import { QueueModule } from './queue/queue.module.js';

/** The map of Gatehouse, in reading order: foundations, who is calling, the call, the money, what comes after. */
@Module({})
export class AppModule {
  static register(config: Config, logger: Logger): DynamicModule {
    const queue = { redisUrl: config.redis.url, role: config.server.role };
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(config),
        LoggerModule.forRoot(loggerModuleOptions(logger)),
        DatabaseModule,
        QueueModule.register(queue),

        UsersModule,
        ApiKeysModule,
        AuthModule,
        AuditModule,

        ProxyModule,
        UsageModule,
        TasksModule,

        MisuseModule.register(queue),
        PrivacyModule,
        AdminModule,
        HealthModule,
      ],
    };
  }
}
