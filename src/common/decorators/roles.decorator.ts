import { SetMetadata } from '@nestjs/common';
import type { Principal } from '../principal.js';

export const REQUIRED_ROLES = 'gatehouse:roles';

/** Lets only accounts with one of these roles in. */
export const Roles = (...roles: Principal['role'][]) => SetMetadata(REQUIRED_ROLES, roles);
