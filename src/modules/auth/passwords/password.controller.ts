import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../../common/actor.js';
import { CurrentActor } from '../../../common/decorators/current-actor.decorator.js';
import { CurrentPrincipal } from '../../../common/decorators/current-principal.decorator.js';
import type { Principal } from '../../../common/principal.js';
import { ChangePasswordDto } from '../dto/change-password.dto.js';
import { MessageDto } from '../dto/message.dto.js';
import { LimitAttempts } from '../throttling/limit-attempts.decorator.js';
import { PasswordChangeService } from './password-change.service.js';

@ApiTags('Accounts')
@ApiBearerAuth()
@Controller()
export class PasswordController {
  constructor(private readonly passwords: PasswordChangeService) {}

  /** Replaces the password. Every session ends, the one of this call too. */
  @LimitAttempts('password')
  @Post(['api/auth/change-password', 'api/v1/user/change-password'])
  @HttpCode(200)
  async change(
    @CurrentPrincipal() principal: Principal,
    @CurrentActor() actor: Actor,
    @Body() body: ChangePasswordDto,
  ): Promise<MessageDto> {
    await this.passwords.change(principal.userId, body.current_password, body.new_password, actor);
    return { message: 'Password changed. Please log in again.' };
  }
}
