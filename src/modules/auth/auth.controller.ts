import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Public } from '../../common/decorators/public.decorator.js';
import type { Principal } from '../../common/principal.js';
import { AccountsService } from './accounts.service.js';
import { AccountResponseDto } from './dto/account-response.dto.js';
import { LoginDto } from './dto/login.dto.js';
import { MessageDto } from './dto/message.dto.js';
import { RefreshDto } from './dto/refresh.dto.js';
import { RegisterDto } from './dto/register.dto.js';
import { SessionTokensDto } from './dto/session-tokens.dto.js';
import { LoginService } from './login.service.js';
import type { SessionPrincipal } from './session-principal.js';
import { SessionsService } from './sessions/sessions.service.js';
import { LimitAttempts } from './throttling/limit-attempts.decorator.js';

@ApiTags('Accounts')
@Controller('api/auth')
export class AuthController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly logins: LoginService,
    private readonly sessions: SessionsService,
  ) {}

  /** Opens an account and makes its first key, which no later answer shows in full. */
  @Public()
  @LimitAttempts('register', 'email')
  @Post('register')
  async register(@CurrentActor() actor: Actor, @Body() body: RegisterDto): Promise<AccountResponseDto> {
    return this.accounts.register(body, actor);
  }

  /** Logs in by username or e-mail address. */
  @Public()
  @LimitAttempts('login', 'username')
  @Post('login')
  @HttpCode(200)
  async login(@Body() body: LoginDto): Promise<SessionTokensDto> {
    return (await this.logins.login(body.username, body.password, 'Incorrect username or password')).tokens;
  }

  /** Trades a refresh token for new tokens. Each works once; a second use ends the session. */
  @Public()
  @LimitAttempts('refresh')
  @Post('refresh')
  @HttpCode(200)
  async refresh(@Body() body: RefreshDto): Promise<SessionTokensDto> {
    return this.sessions.refresh(body.refresh_token);
  }

  /** Ends the session: its access and refresh tokens work no more. */
  @ApiBearerAuth()
  @Post('logout')
  @HttpCode(200)
  async logout(@CurrentPrincipal() principal: SessionPrincipal): Promise<MessageDto> {
    await this.sessions.end(principal.userId, principal.sessionId);
    return { message: 'Logged out' };
  }

  /** Ends every session of the account, on every device. Keys go on working. */
  @ApiBearerAuth()
  @Post('logout-all')
  @HttpCode(200)
  async logoutEverywhere(@CurrentPrincipal() principal: Principal, @CurrentActor() actor: Actor): Promise<MessageDto> {
    await this.sessions.endAll(principal.userId, actor);
    return { message: 'Logged out everywhere' };
  }

  /** The caller's account, with only the beginning of its key. */
  @ApiBearerAuth()
  @Get('me')
  async me(@CurrentPrincipal() principal: Principal): Promise<AccountResponseDto> {
    return this.accounts.describe(principal.userId);
  }

  /** Replaces the account's default key; the old one stops working at once. */
  @ApiBearerAuth()
  @Post('refresh-api-key')
  @HttpCode(200)
  async refreshApiKey(
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
  ): Promise<AccountResponseDto> {
    return this.accounts.refreshApiKey(principal.userId, actor);
  }
}
