/** Task 1, there from the first migration: general access, every intent allowed. */
export const GENERAL_TASK_ID = 1;

export const ASSIGNMENT_STATUSES = ['active', 'completed', 'cancelled'] as const;
export type AssignmentStatus = (typeof ASSIGNMENT_STATUSES)[number];

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
