import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from '../../common/decorators/current-principal.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { unprocessable } from '../../common/errors/errors.js';
import { PageQuery } from '../../common/http/page.query.js';
import type { Principal } from '../../common/principal.js';
import { AdminUsersService } from './admin-users.service.js';
import { BlockUserDto } from './dto/block-user.dto.js';
import { BlockedUserResponseDto } from './dto/blocked-user-response.dto.js';
import { CreatedUserResponseDto } from './dto/created-user-response.dto.js';
import { CreateUserDto } from './dto/create-user.dto.js';
import { UnblockedUserResponseDto } from './dto/unblocked-user-response.dto.js';
import { UserResponseDto } from './dto/user-response.dto.js';

const UserId = () =>
  Param(
    'id',
    new ParseIntPipe({
      exceptionFactory: () => unprocessable('id must be an integer', { code: 'invalid_id', param: 'id' }),
    }),
  );

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/users')
export class AdminUsersController {
  constructor(private readonly users: AdminUsersService) {}

  /** Every account however it was made, oldest first. */
  @Get()
  async list(@Query() query: PageQuery): Promise<UserResponseDto[]> {
    return this.users.list(query);
  }

  /** Opens an account and its first key, which no later answer shows. */
  @Post()
  @HttpCode(200)
  async create(@Body() body: CreateUserDto): Promise<CreatedUserResponseDto> {
    return this.users.create(body);
  }

  /** Shuts an account out, keys and logins alike. */
  @Post(':id/block')
  @HttpCode(200)
  async block(
    @CurrentPrincipal() principal: Principal,
    @UserId() userId: number,
    @Query() query: BlockUserDto,
    @Body() body: BlockUserDto,
  ): Promise<BlockedUserResponseDto> {
    return this.users.block(principal.userId, userId, body.reason ?? query.reason);
  }

  /** Lets a blocked account in again. */
  @Post(':id/unblock')
  @HttpCode(200)
  async unblock(@CurrentPrincipal() principal: Principal, @UserId() userId: number): Promise<UnblockedUserResponseDto> {
    return this.users.unblock(principal.userId, userId);
  }
}
