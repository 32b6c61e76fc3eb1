import type { EntityManager } from 'typeorm';
import { SUBJECT_NUMBERS } from './subject-limits.js';

/**
 * Makes the current windows of a key or a task with what was used within them, if its calls are not counted yet. Part of the
 * transaction that is about to write a limit: it locks the account until its end, and wants to be the first to lock.
 * @param subjectId integer id of the key or task
 */
export async function openWindows(
  manager: EntityManager,
  userId: number,
  subject: 'key' | 'task',
  subjectId: number,
): Promise<void> {
  await manager.query('SELECT gatehouse_open_windows($1, $2::smallint, $3)', [
    userId,
    SUBJECT_NUMBERS[subject],
    subjectId,
  ]);
}
