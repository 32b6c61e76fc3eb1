import { IsIn } from 'class-validator';
import type { UserRole } from '../../users/user-account.js';

const ROLES: readonly UserRole[] = ['user', 'admin'];

export class ChangeRoleDto {
  @IsIn(ROLES)
  role: UserRole;
}
