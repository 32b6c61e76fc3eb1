import type { AssignmentStatus } from '../task.js';
import { TaskView } from './task-view.dto.js';

/** One of the account's own tasks. */
export class MyTask extends TaskView {
  assignment_id: number;
  assigned_at: Date;
  status: AssignmentStatus;
  /** Tokens of the account under this task so far. */
  tokens_used: number;
}
