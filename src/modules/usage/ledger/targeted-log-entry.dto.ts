import { LedgerLogEntry } from './ledger-log-entry.dto.js';

/** A call with the target that answered it, which is the operator's business alone. */
export class TargetedLogEntry extends LedgerLogEntry {
  /** Provider that answered, else the one asked last; by its name in the gateway's configuration. */
  provider: string;
  /** What that provider calls the model; `model` is what the caller asked for. */
  upstream_model: string;
}
