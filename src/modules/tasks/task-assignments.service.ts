import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { invalidRequest, notFound } from '../../common/errors/errors.js';
import type { AuditTarget } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import type { AssignmentStatus, AssignmentView } from './task.js';
import { TasksService } from './tasks.service.js';

export interface AssignmentSearch {
  readonly taskId?: number;
  readonly userId?: number;
  readonly limit: number;
  readonly skip: number;
}

/** Who works on which task. An account has one assignment to a task: taking it up again revives the old one. */
@Injectable()
export class TaskAssignmentsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: TasksService,
    private readonly audit: AuditService,
  ) {}

  /** Newest first. */
  async search({ taskId, userId, limit, skip }: AssignmentSearch): Promise<AssignmentView[]> {
    return this.read(
      `($1::int IS NULL OR a.task_id = $1) AND ($2::int IS NULL OR a.user_id = $2) ORDER BY a.id DESC LIMIT $3 OFFSET $4`,
      [taskId ?? null, userId ?? null, limit, skip],
    );
  }

  /** Throws 404 for an unknown account or task, 400 when the account works on it already. */
  async assign(
    assignment: { userId: number; taskId: number; progressNotes?: string | null },
    actor: Actor,
  ): Promise<AssignmentView> {
    await this.assertUserExists(assignment.userId);
    await this.tasks.getById(assignment.taskId);
    const { userId, taskId, progressNotes } = assignment;
    const id = await this.dataSource.transaction(async (manager) => {
      const rows = await manager.query<{ id: number }[]>(ASSIGN, [userId, taskId, progressNotes ?? null, actor.userId]);
      if (rows[0] === undefined) {
        throw invalidRequest('User is already assigned to this task', { code: 'already_assigned' });
      }
      const target = assignmentTarget(rows[0].id, userId);
      await this.audit.record(manager, { actor, action: 'assignment.created', target, details: { taskId } });
      return rows[0].id;
    });
    this.tasks.forgetAssignments();
    return this.getById(id);
  }

  /** Throws 404. */
  async update(
    id: number,
    change: { status?: AssignmentStatus; progressNotes?: string | null },
    actor: Actor,
  ): Promise<AssignmentView> {
    const { user_id: userId, task_id: taskId } = await this.getById(id);
    const { status, progressNotes } = change;
    await this.dataSource.transaction(async (manager) => {
      await manager.query(UPDATE, [id, status ?? null, progressNotes !== undefined, progressNotes ?? null]);
      const target = assignmentTarget(id, userId);
      await this.audit.record(manager, { actor, action: 'assignment.changed', target, details: { taskId, status } });
    });
    this.tasks.forgetAssignments();
    return this.getById(id);
  }

  /** Ends the assignment; its row stays, as calls were made under it. Throws 404. */
  async cancel(id: number, actor: Actor): Promise<void> {
    await this.update(id, { status: 'cancelled' }, actor);
  }

  async getById(id: number): Promise<AssignmentView> {
    const [found] = await this.read('a.id = $1', [id]);
    if (found === undefined) throw notFound('Task assignment not found', { code: 'assignment_not_found' });
    return found;
  }

  private async read(where: string, values: unknown[]): Promise<AssignmentView[]> {
    const rows = await this.dataSource.query<AssignmentRow[]>(`${READ} WHERE ${where}`, values);
    return rows.map((row) => ({ ...row, token_limit: row.token_limit === null ? null : Number(row.token_limit) }));
  }

  private async assertUserExists(userId: number): Promise<void> {
    const rows = await this.dataSource.query<unknown[]>('SELECT 1 FROM users WHERE id = $1 AND deleted_at IS NULL', [
      userId,
    ]);
    if (rows.length === 0) throw notFound('User not found', { code: 'user_not_found' });
  }
}

function assignmentTarget(id: number, userId: number): AuditTarget {
  return { kind: 'assignment', id: String(id), userId };
}

interface AssignmentRow extends Omit<AssignmentView, 'token_limit'> {
  readonly token_limit: string | null;
}

const READ = `
  SELECT a.id, a.user_id, u.name AS user_name, u.email AS user_email, a.task_id, t.title AS task_title,
         t.category AS task_category, a.assigned_at, a.assigned_by, a.status, a.progress_notes, a.completed_at, t.token_limit
    FROM task_assignments a JOIN tasks t ON t.id = a.task_id JOIN users u ON u.id = a.user_id`;

/* One statement, so that two administrators who assign at once get one success between them. */
const ASSIGN = `
  INSERT INTO task_assignments AS a (user_id, task_id, progress_notes, assigned_by)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (user_id, task_id) DO UPDATE
    SET status = 'active', progress_notes = excluded.progress_notes, assigned_by = excluded.assigned_by,
        assigned_at = now(), completed_at = NULL
    WHERE a.status <> 'active'
  RETURNING id`;

const UPDATE = `
  UPDATE task_assignments
     SET status = coalesce($2, status),
         completed_at = CASE WHEN coalesce($2, status) = 'completed' THEN coalesce(completed_at, now()) END,
         progress_notes = CASE WHEN $3 THEN $4 ELSE progress_notes END
   WHERE id = $1`;
