import type { AssignmentStatus } from '../task.js';

/** An account's work on a task, as the administration shows it. */
export class AssignmentView {
  id: number;
  user_id: number;
  user_name: string | null;
  user_email: string;
  task_id: number;
  task_title: string;
  task_category: string;
  assigned_at: Date;
  assigned_by: number | null;
  status: AssignmentStatus;
  progress_notes: string | null;
  completed_at: Date | null;
  token_limit: number | null;
}
