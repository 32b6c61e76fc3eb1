import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Public } from '../../common/decorators/public.decorator.js';
import { WorkerLoginDto } from './dto/worker-login.dto.js';
import { WorkerRegisterDto } from './dto/worker-register.dto.js';
import { WorkerRegisteredDto } from './dto/worker-registered.dto.js';
import { WorkerTokenDto } from './dto/worker-token.dto.js';
import { LimitAttempts } from './throttling/limit-attempts.decorator.js';
import { WorkerAccountsService } from './worker-accounts.service.js';

/** The account routes of the AI worker API, under both of its spellings. */
@ApiTags('AI worker API')
@Public()
@Controller()
export class WorkerAccountsController {
  constructor(private readonly accounts: WorkerAccountsService) {}

  /** Opens an account and logs in. */
  @LimitAttempts('register', 'email')
  @Post(['register', 'users/register'])
  @HttpCode(200)
  async register(@CurrentActor() actor: Actor, @Body() body: WorkerRegisterDto): Promise<WorkerRegisteredDto> {
    return { message: 'User created', token: await this.accounts.register(body, actor) };
  }

  /** Logs in. */
  @LimitAttempts('login', 'email')
  @Post(['login', 'users/login'])
  @HttpCode(200)
  async login(@Body() body: WorkerLoginDto): Promise<WorkerTokenDto> {
    return { token: await this.accounts.login(body.email, body.password) };
  }
}
