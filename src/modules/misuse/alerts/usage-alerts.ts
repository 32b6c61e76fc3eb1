import type { NewAlert } from './alert.js';

const LARGE_FACTOR = 10;
export const LARGE_FROM_TOKENS = 2_000;
const AVERAGE_WITHOUT_HISTORY = 100;
const MANY_LARGE_REQUESTS = 5;
const RAPID_TOKENS_PER_HOUR = 5_000;

/** What an account used lately, the requests in question included. */
export interface RecentUsage {
  readonly userId: number;
  /** Tokens of the largest of the requests in question. */
  readonly largestTokens: number;
  /** Tokens per request in the past 30 days, those in question not included; null without any, or where no call is large. */
  readonly averageTokens: number | null;
  /** Of the newest requests of the past hour: those of more than 1000 tokens. */
  readonly largeRequestsInHour: number;
  readonly tokensInHour: number;
}

/** Guardflow's alerts on usage. None of them blocks. */
export function usageAlerts(usage: RecentUsage): NewAlert[] {
  const { userId } = usage;
  const largeFrom = Math.max(LARGE_FACTOR * (usage.averageTokens ?? AVERAGE_WITHOUT_HISTORY), LARGE_FROM_TOKENS);
  const alerts: NewAlert[] = [];
  if (usage.largestTokens > largeFrom) {
    alerts.push({
      userId,
      type: 'large_request',
      severity: 'high',
      title: 'Large request',
      description: `A request used ${usage.largestTokens} tokens; more than ${Math.round(largeFrom)} are unusual here.`,
      metadata: { tokens: usage.largestTokens, unusual_above: Math.round(largeFrom) },
    });
  }
  if (usage.largeRequestsInHour >= MANY_LARGE_REQUESTS) {
    alerts.push({
      userId,
      type: 'multiple_large_requests',
      severity: 'high',
      title: 'Several large requests',
      description: `${usage.largeRequestsInHour} requests of more than 1000 tokens within an hour.`,
      metadata: { requests: usage.largeRequestsInHour },
    });
  }
  if (usage.tokensInHour > RAPID_TOKENS_PER_HOUR) {
    alerts.push({
      userId,
      type: 'rapid_usage',
      severity: 'medium',
      title: 'Rapid usage',
      description: `${usage.tokensInHour} tokens within an hour.`,
      metadata: { tokens: usage.tokensInHour },
    });
  }
  return alerts;
}
