import { Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Config } from '../config/config.js';
import { dataSourceOptions } from './data-source.js';
import { DatabaseClock } from './database-clock.js';
import { HotDatabase } from './hot-database.js';
import { PartitionUpkeepService } from './partition-upkeep.service.js';

/** The two ways to Postgres: TypeORM for accounts and administration, {@link HotDatabase} for the request path. */
@Global()
@Module({
  imports: [
    ScheduleModule.forRoot(),
    TypeOrmModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => ({ ...dataSourceOptions(config.database.url), autoLoadEntities: true }),
    }),
  ],
  providers: [HotDatabase, DatabaseClock, PartitionUpkeepService],
  exports: [HotDatabase, DatabaseClock],
})
export class DatabaseModule {}
