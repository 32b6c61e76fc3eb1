/** Name of the one Bull queue. Its jobs are named for the outbox topic whose rows they carry. */
export const OUTBOX_QUEUE = 'outbox';

/** Topic of the row that settlement writes with every call. */
export const CALL_SETTLED = 'call.settled';

/** One outbox row and the call that it is about. Ids only: Redis never sees a prompt. */
export interface OutboxItem {
  /** A bigint, therefore text. */
  readonly outboxId: string;
  readonly userId: number;
  readonly requestId: string;
  /** ISO 8601 in UTC. */
  readonly admittedAt: string;
}

/** What a Bull job carries: the outbox rows of many calls, to be handled in one transaction. */
export interface OutboxBatch {
  readonly items: readonly OutboxItem[];
}
