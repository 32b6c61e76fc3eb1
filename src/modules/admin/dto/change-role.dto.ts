import { IsIn } from 'class-validator';
import { IgnoresUnknownFields } from '../../../common/decorators/ignores-unknown-fields.decorator.js';
import type { UserRole } from '../../users/user-account.js';

const ROLES: readonly UserRole[] = ['user', 'admin'];

@IgnoresUnknownFields()
export class ChangeRoleDto {
  @IsIn(ROLES)
  role: UserRole;
}
