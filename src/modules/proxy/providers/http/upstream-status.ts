/** The cause of an error that an upstream's answer, not our connection to it, brought about. */
export class UpstreamStatus extends Error {
  /** @param retryAfterMs what the upstream asked us to wait, undefined when it said nothing */
  constructor(
    readonly status: number,
    readonly retryAfterMs: number | undefined,
  ) {
    super(`the upstream answered with status ${status}`);
    this.name = 'UpstreamStatus';
  }
}
