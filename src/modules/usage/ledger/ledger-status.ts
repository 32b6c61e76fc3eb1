import type { CallStatus } from '../admission/admission.types.js';

/** How a call in the ledger ended: as its process settled it, or orphaned when the process died. */
export type LedgerStatus = CallStatus | 'orphaned';

const KNOWN: Record<LedgerStatus, true> = {
  completed: true,
  client_aborted: true,
  upstream_error: true,
  interrupted: true,
  not_dispatched: true,
  orphaned: true,
};

/** Every one of them: the compiler sees to it. */
export const LEDGER_STATUSES = Object.keys(KNOWN) as LedgerStatus[];
