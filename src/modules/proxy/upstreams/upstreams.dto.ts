/** From sending a call to its answer, or to the first content of its stream. */
export class UpstreamLatencyDto {
  answers: number;
  /** Null: none yet. */
  mean: number | null;
  longest: number | null;
  /** Answers within so many milliseconds. */
  within: Record<string, number>;
}

export class UpstreamFailureDto {
  /** Our word for it, such as `upstream_timeout`. */
  code: string;
  at: Date;
}

export class UpstreamTargetDto {
  provider: string;
  /** The model's name there. */
  model: string;
  /** Open: passed over where there is another target, and tried now and then. Gone: no longer configured. */
  breaker: 'closed' | 'open' | 'gone';
  /** Calls sent to it, retries included. */
  attempts: number;
  failures: number;
  retries: number;
  /** Calls that it got because another target failed or was passed over. */
  fallbacks: number;
  breaker_openings: number;
  last_failure: UpstreamFailureDto | null;
  latency_ms: UpstreamLatencyDto;
}

export class UpstreamsDto {
  /** The process that answers: each counts for itself. */
  instance: string;
  since: Date;
  providers: string[];
  /** Those that were tried since. */
  targets: UpstreamTargetDto[];
}
