import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../common/actor.js';
import { CurrentActor } from '../../../common/decorators/current-actor.decorator.js';
import { Public } from '../../../common/decorators/public.decorator.js';
import { LimitAttempts } from '../throttling/limit-attempts.decorator.js';
import { GoogleAccountDto } from './dto/google-account.dto.js';
import { GoogleLoginDto } from './dto/google-login.dto.js';
import { GoogleLoginService } from './google-login.service.js';

@ApiTags('Accounts')
@Controller('api/auth/google')
export class GoogleLoginController {
  constructor(private readonly logins: GoogleLoginService) {}

  /** Logs in with a token of Google's, and opens an account at the first time. */
  @Public()
  @LimitAttempts('google')
  @Post()
  @HttpCode(200)
  async login(@CurrentActor() actor: Actor, @Body() body: GoogleLoginDto): Promise<GoogleAccountDto> {
    return this.logins.login(body, actor);
  }
}
