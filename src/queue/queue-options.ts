/** Injection token of {@link QueueOptions}. */
export const QUEUE_OPTIONS = Symbol('QUEUE_OPTIONS');

export interface QueueOptions {
  /** `api` writes outbox rows and leaves them to the workers. */
  readonly role: 'all' | 'api' | 'worker';
  /** `redis://`, `rediss://`, `unix://` or the path of a socket. Undefined: the outbox is drained in-process. */
  readonly redisUrl: string | undefined;
  /** How long a claimed outbox row may take before it is claimed again, in milliseconds. */
  readonly leaseMs?: number;
}

/** How long a claimed row belongs to whoever claimed it, in milliseconds. */
export const DEFAULT_LEASE_MS = 30_000;

/** Whether a process of this role works on outbox rows. */
export function drainsOutbox(options: QueueOptions): boolean {
  return options.role !== 'api';
}

/** Whether a process of this role takes jobs from Bull. */
export function consumesBull(options: QueueOptions): boolean {
  return drainsOutbox(options) && options.redisUrl !== undefined;
}

/** Whether a process of this role also has requests to answer. */
export function answersRequests(options: QueueOptions): boolean {
  return options.role !== 'worker';
}
