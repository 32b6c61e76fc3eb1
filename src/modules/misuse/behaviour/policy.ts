const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

export const LEVELS = ['normal', 'warn', 'throttle', 'block'] as const;
export type Level = (typeof LEVELS)[number];

/** When each level is entered, and how long it lasts at least. Suspicion is in nats. */
export const STEPS: Readonly<
  Record<Exclude<Level, 'normal'>, { suspicion: number; distinctPrompts: number; dwellMs: number }>
> = {
  warn: { suspicion: 4, distinctPrompts: 2, dwellMs: HOUR_MS },
  throttle: { suspicion: 5.5, distinctPrompts: 3, dwellMs: HOUR_MS },
  block: { suspicion: 17, distinctPrompts: 5, dwellMs: DAY_MS },
};

/** A level is left when suspicion has fallen to this part of what it took to enter it. */
export const EXIT_FRACTION = 0.5;

export const SUSPICION_HALF_LIFE_MS = 8 * HOUR_MS;
export const RATE_HALF_LIFE_MS = 7 * DAY_MS;
export const CROWD_HALF_LIFE_MS = DAY_MS;

/** Confident hits are surprising against this many times the honest rate, plus this many to begin with. */
export const SURPRISE_SLACK = 4;
export const SURPRISE_ALLOWANCE = 0.5;
/** In nats. Surprise alone never blocks. */
export const SURPRISE_WARNS_AT = 6;
export const SURPRISE_THROTTLES_AT = 12;

/**
 * The nth flagged prompt of one template weighs n to this power: it says one thing in many words. Counted are those of the
 * day, and each of the days before, of those that are remembered, on which there was one: a daily job says nothing new.
 */
export const TEMPLATE_SATURATION = -0.6;

/**
 * Who writes much is struck by chance more often: every level takes the logarithm of the ordinary prompts of late above
 * so many more, in nats, up to a limit, lest somebody buys leave with chatter.
 */
export const VOLUME_ALLOWED = 100;
export const MOST_FOR_VOLUME = 4;

/** A key is in a crowd's hands when this many clients use it within the window, for this many prompts. Warns only. */
export const CROWD_CLIENTS = 3;
export const CROWD_WINDOW_MS = 15 * MINUTE_MS;
export const CROWD_WARNS_AT = 12;

/** How long flagged prompts count as distinct ones, and how many are remembered. */
export const FLAGGED_KEPT_MS = 7 * DAY_MS;
export const FLAGGED_KEPT = 200;
/** Ordinary prompts that were the same as one of the last few are no word in favour: repeating "hi" buys nothing. */
export const ORDINARY_KEPT = 32;

/** A second block within this time is not lifted by decay: it waits for a person. */
export const REPEAT_WITHIN_MS = 60 * DAY_MS;
