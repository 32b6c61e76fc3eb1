/** How soon somebody should look. */
export type AlertSeverity = 'info' | 'warning' | 'critical';

/** Something that an operator must look at. */
export interface OperatorAlert {
  /** Enumerated word, such as `upstream_usage_refused`. */
  readonly kind: string;
  /** What makes two occurrences the same alert, with the kind in it; ≤ 200 characters. */
  readonly dedupKey: string;
  readonly severity: AlertSeverity;
  /** Names and numbers only: never content, keys or upstream text. The latest occurrence's is kept. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}
