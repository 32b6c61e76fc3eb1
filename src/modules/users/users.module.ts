import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsageModule } from '../usage/usage.module.js';
import { DeviationScoreReader } from './deviation-score.reader.js';
import { MyAccountController } from './my-account.controller.js';
import { MyAccountService } from './my-account.service.js';
import { PrincipalCache } from './principals/principal-cache.js';
import { PrincipalChanges } from './principals/principal-changes.service.js';
import { User } from './user.entity.js';
import { UsersService } from './users.service.js';

/** Accounts, and the memory of who stands behind a credential. */
@Module({
  imports: [TypeOrmModule.forFeature([User]), UsageModule],
  controllers: [MyAccountController],
  providers: [UsersService, MyAccountService, DeviationScoreReader, PrincipalCache, PrincipalChanges],
  exports: [UsersService, DeviationScoreReader, PrincipalCache, PrincipalChanges],
})
export class UsersModule {}
