/** Injection token of {@link UpkeepOptions}. */
export const UPKEEP_OPTIONS = Symbol('UPKEEP_OPTIONS');

export interface UpkeepOptions {
  /** Whether this process does such work at all. */
  readonly enabled: boolean;
  /** How often periods are looked through, in milliseconds. */
  readonly everyMs: number;
}

/** Name of the job that comes round in Bull. */
export const UPKEEP_JOB = 'upkeep';
