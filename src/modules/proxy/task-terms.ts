import { invalidRequest } from '../../common/errors/errors.js';
import type { ActiveAssignment } from '../tasks/task.js';

/** What a call wants to reserve, in tokens; the prompt's part is an upper bound. */
interface Reserve {
  readonly promptTokensReserved: number;
  /** For each choice. */
  readonly completionTokensWanted: number;
  readonly choices: number;
}

/**
 * The reserve within what the task allows one request, prompt and answer together: the answer is cut down to what the
 * prompt leaves.
 * @throws DomainError invalid_request when the prompt leaves nothing
 */
export function withinTask<T extends Reserve>(reserve: T, task: ActiveAssignment | null): T {
  const limit = task?.maxTokensPerRequest ?? null;
  if (limit === null) return reserve;
  const { promptTokensReserved: prompt, completionTokensWanted: wanted, choices } = reserve;
  const left = Math.floor((limit - prompt) / choices);
  if (left < Math.min(wanted, 1)) throw tooLarge(limit, prompt);
  return { ...reserve, completionTokensWanted: Math.min(wanted, left) };
}

function tooLarge(limit: number, prompt: number) {
  return invalidRequest(
    `Your task allows ${limit} tokens per request, prompt and answer together; the prompt alone may be ${prompt}.`,
    { code: 'task_request_too_large', param: 'messages', retryable: false },
  );
}
