import type { ActiveAssignment } from './task.js';

const LIFETIME_MS = 2_000;
const LARGEST_SIZE = 10_000;

interface Entry {
  readonly assignment: Promise<ActiveAssignment | null>;
  readonly until: number;
}

/**
 * Assignments as the request path saw them last, for two seconds. Callers that arrive together share one look-up; one
 * that failed is not remembered.
 */
export class AssignmentCache {
  private readonly entries = new Map<string, Entry>();

  find(userId: number, taskId: number, load: () => Promise<ActiveAssignment | null>): Promise<ActiveAssignment | null> {
    const name = `${userId}:${taskId}`;
    const known = this.entries.get(name);
    if (known !== undefined && known.until > performance.now()) return known.assignment;
    return this.remember(name, load());
  }

  clear(): void {
    this.entries.clear();
  }

  private remember(name: string, assignment: Promise<ActiveAssignment | null>): Promise<ActiveAssignment | null> {
    if (this.entries.size >= LARGEST_SIZE) this.entries.clear();
    const entry = { assignment, until: performance.now() + LIFETIME_MS };
    this.entries.set(name, entry);
    assignment.catch(() => {
      if (this.entries.get(name) === entry) this.entries.delete(name);
    });
    return assignment;
  }
}
