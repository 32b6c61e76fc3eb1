import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { Roles } from '../../common/decorators/roles.decorator.js';
import { AdminUsersService } from './admin-users.service.js';
import { UserDirectoryDto } from './dto/user-directory.dto.js';
import { UserDirectoryQuery } from './dto/user-directory.query.js';

/** ByteChat's list of accounts. */
@ApiTags('ByteChat')
@ApiBearerAuth()
@Roles('admin')
@Controller('api/users')
export class UserDirectoryController {
  constructor(private readonly users: AdminUsersService) {}

  /** Every account with its lifetime balance, oldest first. For administrators. */
  @Get()
  async list(@Query() query: UserDirectoryQuery): Promise<UserDirectoryDto> {
    const users = await this.users.directory(query);
    return { success: true, count: users.length, users };
  }
}
