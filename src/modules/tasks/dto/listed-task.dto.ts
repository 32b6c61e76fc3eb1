import { TaskView } from './task-view.dto.js';

export class ListedTask extends TaskView {
  /** Active assignments. */
  assigned_users_count: number;
  has_assignments: boolean;
}
