/** Guardflow's rules: what one request under a task adds to the account's deviation score. In hundredths: sums are exact. */
const OFF_TOPIC = 100;
const OTHER_INTENT = 30;
const LOW_CONFIDENCE = 10;
const CHANGING_INTENTS = 50;
const MANY_REQUESTS = 20;

const LOW_CONFIDENCE_BELOW = 0.3;
const LATEST_REQUESTS = 5;
const CHANGES_FROM = 3;
const MOST_REQUESTS_IN_TEN_MINUTES = 20;

/** What the score knows of earlier requests of the account under any task; the present one is not among them. */
export interface RequestHistory {
  /** Guardflow intents of the account's requests in the past hour, newest first; five are looked at. */
  readonly intentsInHour: readonly string[];
  readonly requestsInTenMinutes: number;
}

export interface ScoredRequest {
  /** Empty: the task allows everything. */
  readonly allowedIntents: readonly string[];
  /** One of the five, or `unknown`. */
  readonly guardIntent: string;
  /** 0 to 1. */
  readonly confidence: number;
}

export interface DeviationDelta {
  /** In hundredths of a point; 0 to 180. */
  readonly hundredths: number;
  /** The request itself was outside of its task. */
  readonly isOffTask: boolean;
}

/** An unknown intent is neutral: it says nothing about the account, so it costs nothing. */
export function deviationDelta(request: ScoredRequest, history: RequestHistory): DeviationDelta {
  const intent = intentPenalty(request);
  const isUnsure = request.guardIntent !== 'unknown' && request.confidence < LOW_CONFIDENCE_BELOW;
  const latest = history.intentsInHour.slice(0, LATEST_REQUESTS);
  const known = new Set(latest.filter((earlier) => earlier !== 'unknown'));
  const hundredths =
    intent +
    (isUnsure ? LOW_CONFIDENCE : 0) +
    (latest.length >= CHANGES_FROM && known.size >= CHANGES_FROM ? CHANGING_INTENTS : 0) +
    (history.requestsInTenMinutes > MOST_REQUESTS_IN_TEN_MINUTES ? MANY_REQUESTS : 0);
  return { hundredths, isOffTask: intent > 0 };
}

function intentPenalty({ allowedIntents, guardIntent }: ScoredRequest): number {
  if (allowedIntents.length === 0 || guardIntent === 'unknown' || allowedIntents.includes(guardIntent)) return 0;
  return guardIntent === 'off_topic' ? OFF_TOPIC : OTHER_INTENT;
}
