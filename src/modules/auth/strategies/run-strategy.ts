import type { Principal } from '../../../common/principal.js';

/** What Passport's own middleware puts on a strategy for the time of one request. */
interface Outcome<P> {
  success(principal: P): void;
  fail(): void;
  pass(): void;
  error(error: unknown): void;
}

interface RequestStrategy {
  authenticate(request: unknown): unknown;
}

/**
 * Lets a Passport strategy judge one request. Null: it did not recognise the credential. Rejects with what its
 * `validate` threw. Done here rather than through Passport's registry, because that one is shared by all
 * applications of a process: two replicas in one test would answer for each other.
 */
export function runStrategy<P extends Principal>(strategy: RequestStrategy, request: unknown): Promise<P | null> {
  return new Promise((resolve, reject) => {
    const attempt = Object.create(strategy) as RequestStrategy & Outcome<P>;
    attempt.success = resolve;
    attempt.fail = () => resolve(null);
    attempt.pass = () => resolve(null);
    attempt.error = reject;
    attempt.authenticate(request);
  });
}
