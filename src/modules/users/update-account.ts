import type { EntityManager } from 'typeorm';
import { notFound } from '../../common/errors/errors.js';
import { User } from './user.entity.js';

const LARGEST_ID = 2_147_483_647;

type Values = Parameters<ReturnType<EntityManager['createQueryBuilder']>['update']>[1];

/** Changes one account that was not erased; resolves with it as it is now. Throws 404 `User not found`. */
export async function updateAccount(
  manager: EntityManager,
  userId: number,
  values: Values,
  parameters: Record<string, unknown> = {},
): Promise<User> {
  assertPossibleId(userId);
  const result = await manager
    .createQueryBuilder()
    .update(User)
    .set({ ...values })
    .where('id = :userId AND deleted_at IS NULL', { userId })
    .setParameters(parameters)
    .execute();
  if (result.affected !== 1) throw userNotFound();
  return manager.findOneByOrFail(User, { id: userId });
}

/** Ids outside the column's range name nobody, and Postgres would refuse to compare them. */
export function isPossibleId(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id <= LARGEST_ID;
}

export function assertPossibleId(id: number): void {
  if (!isPossibleId(id)) throw userNotFound();
}

export function userNotFound() {
  return notFound('User not found', { code: 'user_not_found' });
}
