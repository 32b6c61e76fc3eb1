import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AccountChanges } from './account-changes.service.js';
import { DeviationScoreReader } from './deviation-score.reader.js';
import { GoogleAccountsService } from './google-accounts.service.js';
import { MyAccountController } from './my-account.controller.js';
import { MyAccountService } from './my-account.service.js';
import { MyUsageController } from './my-usage.controller.js';
import { MyUsageService } from './my-usage.service.js';
import { PrincipalCache } from './principals/principal-cache.js';
import { PrincipalChanges } from './principals/principal-changes.service.js';
import { User } from './user.entity.js';
import { UsersService } from './users.service.js';

/** Accounts, and the memory of who stands behind a credential. */
@Module({
  imports: [TypeOrmModule.forFeature([User]), UsageModule, AuditModule],
  controllers: [MyAccountController, MyUsageController],
  providers: [
    UsersService,
    AccountChanges,
    GoogleAccountsService,
    MyAccountService,
    MyUsageService,
    DeviationScoreReader,
    PrincipalCache,
    PrincipalChanges,
  ],
  exports: [
    UsersService,
    AccountChanges,
    GoogleAccountsService,
    DeviationScoreReader,
    PrincipalCache,
    PrincipalChanges,
  ],
})
export class UsersModule {}
