import type { RefusalWords } from '../../common/decorators/refusal-words.decorator.js';
import { DomainError } from '../../common/errors/domain-error.js';

/** What was thrown at a caller, in the words of the route. Status and code stay as they are. */
export function reworded(error: unknown, words: RefusalWords, hasCredentials: boolean): unknown {
  if (!(error instanceof DomainError)) return error;
  const { kind, message, details } = error;
  if (kind === 'unauthenticated') {
    const headers: Record<string, string> = { ...details.headers };
    if (words.challenge !== undefined) headers['www-authenticate'] = words.challenge;
    const text = (hasCredentials ? words.invalid : words.missing) ?? message;
    return new DomainError(kind, text, { ...details, headers });
  }
  if (details.code === 'account_inactive') return new DomainError(kind, words.inactive ?? message, details);
  return error;
}
