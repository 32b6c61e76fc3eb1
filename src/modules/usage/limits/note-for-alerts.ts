import type { EntityManager } from 'typeorm';

/** Has somebody look at what is used of an account's limits, because one of them is another now. */
export async function noteForAlerts(manager: EntityManager, userId: number): Promise<void> {
  await manager.query('INSERT INTO limit_checks (user_id) VALUES ($1) ON CONFLICT DO NOTHING', [userId]);
}
