import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsageModule } from '../usage/usage.module.js';
import { GoogleAccountsService } from './google-accounts.service.js';
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
  providers: [UsersService, GoogleAccountsService, MyAccountService, PrincipalCache, PrincipalChanges],
  exports: [UsersService, GoogleAccountsService, PrincipalCache, PrincipalChanges],
})
export class UsersModule {}
