import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { Config } from '../../config/config.js';
import { ApiKeysModule } from '../api-keys/api-keys.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { UsersModule } from '../users/users.module.js';
import { ACCESS_TOKEN_SECONDS, JWT_ALGORITHM, JWT_AUDIENCE, JWT_ISSUER } from './access-claims.js';
import { AccountsService } from './accounts.service.js';
import { ActivityRecorder } from './activity-recorder.js';
import { AuthController } from './auth.controller.js';
import { Authenticator } from './authenticator.js';
import { BodyTokenVerifier } from './body-token-verifier.js';
import { EarlyRefusalService } from './early-refusal.service.js';
import { FormLoginController } from './form-login.controller.js';
import { GatewayAuthGuard } from './gateway-auth.guard.js';
import { GoogleBodyTokens } from './google/google-body-tokens.js';
import { GoogleEndpoints } from './google/google-endpoints.js';
import { GoogleIdentityService } from './google/google-identity.service.js';
import { GoogleLoginController } from './google/google-login.controller.js';
import { GoogleLoginService } from './google/google-login.service.js';
import { IdTokenVerifier } from './google/id-token-verifier.js';
import { AdminInvitationsController } from './invitations/admin-invitations.controller.js';
import { GuardflowInvitationsController } from './invitations/guardflow-invitations.controller.js';
import { InvitationAcceptance } from './invitations/invitation-acceptance.service.js';
import { InvitationIssuing } from './invitations/invitation-issuing.service.js';
import { InvitationsController } from './invitations/invitations.controller.js';
import { InvitationsService } from './invitations/invitations.service.js';
import { LoginService } from './login.service.js';
import { Mailer } from './mail/mailer.service.js';
import { NewPasswords } from './passwords/new-passwords.js';
import { PasswordChangeService } from './passwords/password-change.service.js';
import { PasswordController } from './passwords/password.controller.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PrincipalChangeListener } from './principal-change-listener.js';
import { PrincipalLookup } from './principal-lookup.js';
import { PrincipalService } from './principal.service.js';
import { RegistrationPolicy } from './registration-policy.js';
import { RegistrationService } from './registration.service.js';
import { SessionsService } from './sessions/sessions.service.js';
import { AccessTokenStrategy } from './strategies/access-token.strategy.js';
import { BearerKeyStrategy } from './strategies/bearer-key.strategy.js';
import { HeaderKeyStrategy } from './strategies/header-key.strategy.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { WorkerAccountsController } from './worker-accounts.controller.js';
import { WorkerAccountsService } from './worker-accounts.service.js';

/** Who is calling: registration, logins, sessions, and the guard that every route stands behind. */
@Module({
  imports: [
    UsersModule,
    ApiKeysModule,
    UsageModule,
    AuditModule,
    ThrottlingModule,
    PassportModule,
    DiscoveryModule,
    JwtModule.registerAsync({
      inject: [Config],
      useFactory: (config: Config) => ({
        secret: config.auth.jwtSecret,
        signOptions: {
          algorithm: JWT_ALGORITHM,
          issuer: JWT_ISSUER,
          audience: JWT_AUDIENCE,
          expiresIn: ACCESS_TOKEN_SECONDS,
        },
      }),
    }),
  ],
  controllers: [
    AuthController,
    FormLoginController,
    WorkerAccountsController,
    GoogleLoginController,
    PasswordController,
    InvitationsController,
    GuardflowInvitationsController,
    AdminInvitationsController,
  ],
  providers: [
    RegistrationPolicy,
    RegistrationService,
    InvitationsService,
    InvitationIssuing,
    InvitationAcceptance,
    Mailer,
    AccountsService,
    WorkerAccountsService,
    LoginService,
    SessionsService,
    PasswordHasher,
    NewPasswords,
    PasswordChangeService,
    GoogleEndpoints,
    IdTokenVerifier,
    GoogleIdentityService,
    GoogleLoginService,
    PrincipalLookup,
    PrincipalService,
    PrincipalChangeListener,
    ActivityRecorder,
    AccessTokenStrategy,
    BearerKeyStrategy,
    HeaderKeyStrategy,
    Authenticator,
    EarlyRefusalService,
    { provide: BodyTokenVerifier, useClass: GoogleBodyTokens },
    { provide: APP_GUARD, useClass: GatewayAuthGuard },
  ],
  exports: [
    PrincipalService,
    PasswordHasher,
    SessionsService,
    Authenticator,
    BodyTokenVerifier,
    GoogleIdentityService,
    GoogleLoginService,
  ],
})
export class AuthModule {}
