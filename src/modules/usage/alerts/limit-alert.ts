import type { AlertSeverity, OperatorAlert } from './operator-alert.js';

/** Percent of a limit at which people are told, highest first. */
const THRESHOLDS = [100, 80, 50] as const;
export type Threshold = (typeof THRESHOLDS)[number];

const SEVERITIES: Readonly<Record<Threshold, AlertSeverity>> = { 100: 'critical', 80: 'warning', 50: 'info' };
const SUBJECTS = ['installation', 'account', 'key', 'task'] as const;
const PERIODS = { 1: 'day', 2: 'month', 3: 'lifetime' } as const;
const LIMIT_NAMES = {
  tokens: { 1: 'Daily token limit', 2: 'Monthly token limit', 3: 'Lifetime token limit' },
  cost: { 1: 'Daily cost limit', 2: 'Monthly cost limit', 3: 'Lifetime cost limit' },
} as const;
const NANO_USD_PER_USD = 1_000_000_000;

/** What is used of one limit of a quota window. */
export interface LimitUse {
  /** 0 for the installation. */
  readonly userId: number;
  /** 0 the installation, 1 the account, 2 a key, 3 a task. */
  readonly subject: 0 | 1 | 2 | 3;
  /** Integer id of the key or task; 0 without one. */
  readonly subjectId: number;
  /** 1 day, 2 month, 3 lifetime. */
  readonly period: 1 | 2 | 3;
  readonly windowId: number;
  readonly resetsAt: Date | null;
  /** Tokens, or nano-dollars. */
  readonly measure: 'tokens' | 'cost';
  readonly used: number;
  readonly limit: number;
  /** What is left was too little for a call. */
  readonly isRefusing: boolean;
}

export interface LimitAlert {
  readonly alert: OperatorAlert;
  /** Who was told of this threshold, or of a higher one, is told no more: the keys of those alerts. */
  readonly silencedBy: readonly string[];
}

/**
 * The alert on the highest threshold that the use has reached; null below the lowest, and while nothing is used. A limit of
 * which half is used and that refuses calls is used up; below half, the call was too large.
 */
export function limitAlertOf(use: LimitUse): LimitAlert | null {
  const passed = THRESHOLDS.findIndex((percent) => use.used * 100 >= use.limit * percent);
  if (passed === -1 || use.used === 0) return null;
  const reached = use.isRefusing ? 0 : passed;
  const threshold = THRESHOLDS[reached];
  const keys = THRESHOLDS.map((percent) => dedupKey(use, percent));
  const { measure, period, limit, used } = use;
  const whose = `${SUBJECTS[use.subject]}${use.subjectId === 0 ? '' : ` ${use.subjectId}`}`;
  const percent = Math.floor((used / limit) * 100);
  const isShort = use.isRefusing && percent < threshold;
  return {
    alert: {
      kind: 'limit_reached',
      dedupKey: keys[reached],
      severity: SEVERITIES[threshold],
      userId: use.userId === 0 ? undefined : use.userId,
      title: `${LIMIT_NAMES[measure][period]} of the ${whose}: ${isShort ? `${percent} % used, calls are refused` : `${threshold} % used`}`,
      description: `${amount(measure, used)} of ${amount(measure, limit)} are used${isShort ? ', and what is left was too little for a call' : ''}.`,
      detail: {
        threshold,
        percent,
        refusing: use.isRefusing,
        subject: SUBJECTS[use.subject],
        subject_id: use.subjectId === 0 ? null : use.subjectId,
        period: PERIODS[period],
        unit: measure === 'tokens' ? 'tokens' : 'nano_usd',
        used,
        limit,
        resets_at: use.resetsAt?.toISOString() ?? null,
      },
    },
    silencedBy: keys.slice(0, reached + 1),
  };
}

/** A balance for life has one window for ever: with another limit it is another one. */
function dedupKey({ userId, windowId, period, measure, limit }: LimitUse, threshold: Threshold): string {
  const window = period === 3 ? `${windowId}/${limit}` : String(windowId);
  return `limit:${userId}:${window}:${measure}:${threshold}`;
}

function amount(measure: LimitUse['measure'], value: number): string {
  return measure === 'tokens' ? `${value} tokens` : `${(value / NANO_USD_PER_USD).toFixed(2)} USD`;
}
