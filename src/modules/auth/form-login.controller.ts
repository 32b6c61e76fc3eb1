import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import { Public } from '../../common/decorators/public.decorator.js';
import { FormLoginResponseDto } from './dto/form-login-response.dto.js';
import { LoginDto } from './dto/login.dto.js';
import { LoginService } from './login.service.js';
import { LimitAttempts } from './throttling/limit-attempts.decorator.js';

@ApiTags('Accounts')
@Controller('api/v1/auth')
export class FormLoginController {
  constructor(private readonly logins: LoginService) {}

  /** Logs in with a form (or JSON); `username` is the e-mail address or the username. */
  @Public()
  @LimitAttempts('login', 'username')
  @ApiConsumes('application/x-www-form-urlencoded', 'application/json')
  @Post('login')
  @HttpCode(200)
  async login(@Body() body: LoginDto): Promise<FormLoginResponseDto> {
    const { user, tokens } = await this.logins.login(body.username, body.password, 'Incorrect email or password');
    return { ...tokens, user: { name: user.name, email: user.email } };
  }
}
