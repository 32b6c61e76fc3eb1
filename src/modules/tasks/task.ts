/** Task 1, there from the first migration: general access, every intent allowed. */
export const GENERAL_TASK_ID = 1;

export const ASSIGNMENT_STATUSES = ['active', 'completed', 'cancelled'] as const;
export type AssignmentStatus = (typeof ASSIGNMENT_STATUSES)[number];

/** A task as the API shows it. */
export interface TaskView {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly category: string;
  readonly difficulty_level: string;
  readonly estimated_hours: number | null;
  /** Tokens that one account may use under the task, ever; null is unlimited. */
  readonly token_limit: number | null;
  readonly max_tokens_per_request: number | null;
  /** Guardflow's words; empty allows every intent. */
  readonly allowed_intents: string[];
  readonly task_scope: string;
  readonly is_active: boolean;
  readonly created_by: number | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export interface ListedTask extends TaskView {
  /** Active assignments. */
  readonly assigned_users_count: number;
  readonly has_assignments: boolean;
}

/** An account's work on a task, as the administration shows it. */
export interface AssignmentView {
  readonly id: number;
  readonly user_id: number;
  readonly user_name: string | null;
  readonly user_email: string;
  readonly task_id: number;
  readonly task_title: string;
  readonly task_category: string;
  readonly assigned_at: Date;
  readonly assigned_by: number | null;
  readonly status: AssignmentStatus;
  readonly progress_notes: string | null;
  readonly completed_at: Date | null;
  readonly token_limit: number | null;
}

/** One of the account's own tasks. */
export interface MyTask extends TaskView {
  readonly assignment_id: number;
  readonly assigned_at: Date;
  readonly status: AssignmentStatus;
  /** Tokens of the account under this task so far. */
  readonly tokens_used: number;
}

/** What the request path needs of a task that the account is working on. */
export interface ActiveAssignment {
  readonly taskId: number;
  readonly allowedIntents: readonly string[];
  /** Tokens of the account under the task, ever; null is unlimited. */
  readonly tokenLimit: number | null;
  readonly maxTokensPerRequest: number | null;
}

/** The writable fields of a task. */
export interface TaskDraft {
  readonly title: string;
  readonly description?: string;
  readonly category?: string;
  readonly difficulty_level?: string;
  readonly estimated_hours?: number | null;
  readonly token_limit?: number | null;
  readonly max_tokens_per_request?: number | null;
  readonly allowed_intents?: string[];
  readonly task_scope?: string;
  readonly is_active?: boolean;
}

export interface TaskSearch {
  readonly category?: string;
  readonly difficulty_level?: string;
  readonly is_active?: boolean;
  /** Part of the title or description, whatever the case. */
  readonly search?: string;
  readonly limit: number;
  readonly skip: number;
}
