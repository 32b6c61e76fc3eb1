import { TaskView } from '../../tasks/dto/task-view.dto.js';
import { warningsOf } from '../task-warnings.js';

/** A task as an administrator keeps it. */
export class KeptTask extends TaskView {
  /** What is probably not meant, such as an intent that no call is ever found to have. */
  warnings: string[];

  static of(task: TaskView): KeptTask {
    return { ...task, warnings: warningsOf(task.allowed_intents) };
  }
}
