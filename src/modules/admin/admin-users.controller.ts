import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Actor } from '../../common/actor.js';
import { CurrentActor } from '../../common/decorators/current-actor.decorator.js';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { PageQuery } from '../../common/http/page.query.js';
import { ErasureService } from '../privacy/erasure.service.js';
import { AdminUsersService, assertNotOwn } from './admin-users.service.js';
import { AccountActionResponseDto } from './dto/account-action-response.dto.js';
import { BlockUserDto } from './dto/block-user.dto.js';
import { BlockedUserResponseDto } from './dto/blocked-user-response.dto.js';
import { ChangedRoleResponseDto } from './dto/changed-role-response.dto.js';
import { ChangeRoleDto } from './dto/change-role.dto.js';
import { CreatedUserResponseDto } from './dto/created-user-response.dto.js';
import { CreateUserDto } from './dto/create-user.dto.js';
import { ErasedUserResponseDto } from './dto/erased-user-response.dto.js';
import { UnblockedUserResponseDto } from './dto/unblocked-user-response.dto.js';
import { UpdateUserDto } from './dto/update-user.dto.js';
import { UserResponseDto } from './dto/user-response.dto.js';
import { UserId } from './user-id.decorator.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/v1/admin/users')
export class AdminUsersController {
  constructor(
    private readonly users: AdminUsersService,
    private readonly erasures: ErasureService,
  ) {}

  /** Every account however it was made, oldest first. */
  @Get()
  async list(@Query() query: PageQuery): Promise<UserResponseDto[]> {
    return this.users.list(query);
  }

  /** Opens an account and its first key, which no later answer shows. */
  @Post()
  @HttpCode(200)
  async create(@CurrentActor() actor: Actor, @Body() body: CreateUserDto): Promise<CreatedUserResponseDto> {
    return this.users.create(body, actor);
  }

  @Get(':id')
  async get(@UserId() userId: number): Promise<UserResponseDto> {
    return this.users.get(userId);
  }

  /** Renames an account, changes its limits, closes or opens it. What is left out stays. */
  @Patch(':id')
  async update(
    @CurrentActor() actor: Actor,
    @UserId() userId: number,
    @Body() body: UpdateUserDto,
  ): Promise<UserResponseDto> {
    return this.users.update(userId, body, actor);
  }

  /** The same as PATCH. */
  @Put(':id')
  async replace(
    @CurrentActor() actor: Actor,
    @UserId() userId: number,
    @Body() body: UpdateUserDto,
  ): Promise<UserResponseDto> {
    return this.users.update(userId, body, actor);
  }

  /** Closes an account. Its books stay, and it can be opened again. */
  @Delete(':id')
  async deactivate(@CurrentActor() actor: Actor, @UserId() userId: number): Promise<AccountActionResponseDto> {
    await this.users.deactivate(userId, actor);
    return { message: 'User deactivated', user_id: userId };
  }

  /** Opens a closed account again. */
  @Post(':id/reactivate')
  @HttpCode(200)
  async reactivate(@CurrentActor() actor: Actor, @UserId() userId: number): Promise<AccountActionResponseDto> {
    await this.users.reactivate(userId, actor);
    return { message: 'User reactivated', user_id: userId };
  }

  /** Makes somebody an administrator, or no longer one. The last active one stays. */
  @Put(':id/role')
  async changeRole(
    @CurrentActor() actor: Actor,
    @UserId() userId: number,
    @Body() body: ChangeRoleDto,
  ): Promise<ChangedRoleResponseDto> {
    const user = await this.users.changeRole(userId, body.role, actor);
    return { message: 'User role updated', user_id: user.id, new_role: user.role };
  }

  /** Shuts an account out, keys and logins alike. */
  @Post(':id/block')
  @HttpCode(200)
  async block(
    @CurrentActor() actor: Actor,
    @UserId() userId: number,
    @Query() query: BlockUserDto,
    @Body() body: BlockUserDto,
  ): Promise<BlockedUserResponseDto> {
    return this.users.block(userId, body.reason ?? query.reason, actor);
  }

  /** Lets a blocked account in again. */
  @Post(':id/unblock')
  @HttpCode(200)
  async unblock(@CurrentActor() actor: Actor, @UserId() userId: number): Promise<UnblockedUserResponseDto> {
    return this.users.unblock(userId, actor);
  }

  /** Takes a person out for good: content and names go, the numbers stay in the books under a pseudonym. */
  @Post(':id/erase')
  @HttpCode(200)
  async erase(@CurrentActor() actor: Actor, @UserId() userId: number): Promise<ErasedUserResponseDto> {
    assertNotOwn(userId, actor, 'erase');
    const erased = await this.erasures.erase(userId, actor);
    return {
      user_id: userId,
      pseudonym: erased.pseudonym,
      contents_deleted: erased.contents,
      keys_revoked: erased.keys,
    };
  }
}
