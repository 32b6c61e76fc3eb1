/** A task as the API shows it. */
export class TaskView {
  id: number;
  title: string;
  description: string;
  category: string;
  difficulty_level: string;
  estimated_hours: number | null;
  /** Tokens that one account may use under the task, ever; null is unlimited. */
  token_limit: number | null;
  max_tokens_per_request: number | null;
  /** Guardflow's words; empty allows every intent. */
  allowed_intents: string[];
  task_scope: string;
  is_active: boolean;
  created_by: number | null;
  created_at: Date;
  updated_at: Date;
}
