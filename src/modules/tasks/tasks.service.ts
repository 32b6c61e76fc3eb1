import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../common/actor.js';
import { notFound } from '../../common/errors/errors.js';
import { HotDatabase } from '../../database/hot-database.js';
import type { AuditTarget } from '../audit/audit-entry.js';
import { AuditService } from '../audit/audit.service.js';
import { AssignmentCache } from './assignment-cache.js';
import { GENERAL_TASK_ID } from './task.js';
import type { ActiveAssignment, ListedTask, MyTask, TaskDraft, TaskSearch, TaskView } from './task.js';

const LARGEST_ID = 2_147_483_647;

/** What accounts work on: each task says which intents belong to it and how much it may use. */
@Injectable()
export class TasksService {
  private readonly cache = new AssignmentCache();

  constructor(
    private readonly dataSource: DataSource,
    private readonly hotDatabase: HotDatabase,
    private readonly audit: AuditService,
  ) {}

  /** Gives a new account the general task. Part of the transaction that makes the account. */
  async assignDefault(manager: EntityManager, userId: number): Promise<void> {
    await manager.query(
      `INSERT INTO task_assignments (user_id, task_id) SELECT $1, id FROM tasks WHERE id = $2 ON CONFLICT DO NOTHING`,
      [userId, GENERAL_TASK_ID],
    );
  }

  /**
   * The task, if the account is actively assigned to it and it is active; else null. For the request path: remembered for
   * two seconds, one indexed statement otherwise. Throws 503 when the database cannot be asked.
   */
  async activeAssignment(userId: number, taskId: number): Promise<ActiveAssignment | null> {
    if (!isPossibleId(taskId)) return null;
    return this.cache.find(userId, taskId, async () => {
      const [row] = await this.hotDatabase.query<AssignmentRow>(ACTIVE_ASSIGNMENT, [userId, taskId]);
      return row === undefined ? null : { ...row, tokenLimit: numberOrNull(row.tokenLimit) };
    });
  }

  /** Which intents belong to each of the tasks; tasks that do not exist are missing. */
  async allowedIntents(manager: EntityManager, taskIds: readonly number[]): Promise<Map<number, readonly string[]>> {
    if (taskIds.length === 0) return new Map();
    const rows = await manager.query<{ id: number; allowed: string[] }[]>(
      'SELECT id, allowed_intents AS allowed FROM tasks WHERE id = ANY($1::int[])',
      [taskIds],
    );
    return new Map(rows.map(({ id, allowed }) => [id, allowed]));
  }

  /** Newest first. */
  async search({ limit, skip, ...filters }: TaskSearch): Promise<ListedTask[]> {
    const rows = await this.dataSource.query<TaskRow<ListedTask>[]>(SEARCH, [
      filters.category ?? null,
      filters.difficulty_level ?? null,
      filters.is_active ?? null,
      filters.search ?? null,
      limit,
      skip,
    ]);
    return rows.map(readTask);
  }

  async getById(id: number): Promise<TaskView> {
    if (!isPossibleId(id)) throw unknownTask();
    const [row] = await this.dataSource.query<TaskRow<TaskView>[]>(`SELECT ${TASK} FROM tasks task WHERE id = $1`, [
      id,
    ]);
    if (row === undefined) throw unknownTask();
    return readTask(row);
  }

  async create(draft: TaskDraft, actor: Actor): Promise<TaskView> {
    const names = writtenFields(draft);
    return this.dataSource.transaction(async (manager) => {
      const [row] = await manager.query<TaskRow<TaskView>[]>(
        `INSERT INTO tasks AS task (${['created_by', ...names].join(', ')})
         VALUES (${['created_by', ...names].map((_, index) => `$${index + 1}`).join(', ')}) RETURNING ${TASK}`,
        [actor.userId, ...names.map((name) => draft[name])],
      );
      await this.audit.record(manager, { actor, action: 'task.created', target: taskTarget(row.id) });
      return readTask(row);
    });
  }

  /** Changes the fields that are given. Throws 404. */
  async update(id: number, change: Partial<TaskDraft>, actor: Actor): Promise<TaskView> {
    const names = writtenFields(change);
    if (names.length === 0 || !isPossibleId(id)) return this.getById(id);
    const task = await this.dataSource.transaction(async (manager) => {
      const [rows] = await manager.query<[TaskRow<TaskView>[], number]>(
        `UPDATE tasks AS task SET updated_at = now(), ${names.map((name, index) => `${name} = $${index + 2}`).join(', ')}
          WHERE id = $1 RETURNING ${TASK}`,
        [id, ...names.map((name) => change[name])],
      );
      if (rows[0] === undefined) throw unknownTask();
      const details = { fields: names };
      await this.audit.record(manager, { actor, action: 'task.changed', target: taskTarget(id), details });
      return readTask(rows[0]);
    });
    this.cache.clear();
    return task;
  }

  /** The account's own tasks, newest assignment first. */
  async ofUser(userId: number): Promise<MyTask[]> {
    const rows = await this.dataSource.query<TaskRow<MyTask>[]>(OF_USER, [userId]);
    return rows.map((row) => ({ ...readTask(row), tokens_used: Number(row.tokens_used) }));
  }

  /** After a change of assignments: this process sees it at once, the others within two seconds. */
  forgetAssignments(): void {
    this.cache.clear();
  }
}

interface AssignmentRow extends Omit<ActiveAssignment, 'tokenLimit'> {
  readonly tokenLimit: string | null;
}

/** As the driver reads it: a bigint is text. */
type TaskRow<View extends TaskView> = Omit<View, 'token_limit'> & { readonly token_limit: string | null };

const WRITABLE = [
  'title',
  'description',
  'category',
  'difficulty_level',
  'estimated_hours',
  'token_limit',
  'max_tokens_per_request',
  'allowed_intents',
  'task_scope',
  'is_active',
] as const satisfies (keyof TaskDraft)[];

function writtenFields(draft: Partial<TaskDraft>): (keyof TaskDraft)[] {
  return WRITABLE.filter((name) => draft[name] !== undefined);
}

function readTask<View extends TaskView>(row: TaskRow<View>): View {
  return { ...row, token_limit: numberOrNull(row.token_limit) } as unknown as View;
}

function numberOrNull(value: string | null): number | null {
  return value === null ? null : Number(value);
}

function taskTarget(id: number): AuditTarget {
  return { kind: 'task', id: String(id), userId: null };
}

function isPossibleId(id: number): boolean {
  return Number.isInteger(id) && id > 0 && id <= LARGEST_ID;
}

function unknownTask() {
  return notFound('Task not found', { code: 'task_not_found' });
}

const TASK = `task.id, task.title, task.description, task.category, task.difficulty_level, task.estimated_hours,
  task.token_limit, task.max_tokens_per_request, task.allowed_intents, task.task_scope, task.is_active, task.created_by,
  task.created_at, task.updated_at`;

const ACTIVE_ASSIGNMENT = {
  name: 'active_assignment',
  text: `SELECT t.id AS "taskId", t.allowed_intents AS "allowedIntents", t.token_limit AS "tokenLimit",
                t.max_tokens_per_request AS "maxTokensPerRequest"
           FROM task_assignments a JOIN tasks t ON t.id = a.task_id
          WHERE a.user_id = $1 AND a.task_id = $2 AND a.status = 'active' AND t.is_active`,
};

const SEARCH = `
  SELECT ${TASK}, coalesce(assigned.active, 0)::int AS assigned_users_count,
         coalesce(assigned.active, 0) > 0 AS has_assignments
    FROM tasks task
    LEFT JOIN LATERAL (
      SELECT count(*) AS active FROM task_assignments WHERE task_id = task.id AND status = 'active'
    ) assigned ON true
   WHERE ($1::text IS NULL OR category = $1) AND ($2::text IS NULL OR difficulty_level = $2)
     AND ($3::boolean IS NULL OR is_active = $3)
     AND ($4::text IS NULL OR strpos(lower(title || ' ' || description), lower($4)) > 0)
   ORDER BY id DESC LIMIT $5 OFFSET $6`;

const OF_USER = `
  SELECT ${TASK}, a.id AS assignment_id, a.assigned_at, a.status, coalesce(used.tokens, 0) AS tokens_used
    FROM task_assignments a JOIN tasks task ON task.id = a.task_id
    LEFT JOIN LATERAL (
      SELECT sum(total_tokens) AS tokens FROM ledger WHERE user_id = a.user_id AND task_id = a.task_id
    ) used ON true
   WHERE a.user_id = $1
   ORDER BY a.id DESC`;
