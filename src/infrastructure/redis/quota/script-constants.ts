import { windowMs, windowTypes } from '../../../domain/rate-limit/quota.ts';
import { EXACT_UP_TO } from '../../../domain/rate-limit/rate-limit-window.ts';
import { CLOCK_STEP_MS, ROW_EVERY_MS } from '../../../domain/rate-limit/share-window.ts';

/** The array of a window in the state that Redis keeps of a subject; see `window-log-script.ts`. */
export const windowFields = {
  TOTAL: 1,
  NEWEST_AT: 2,
  NEWEST: 3,
  LENGTH: 4,
  OLDEST_AT: 5,
  COST: 6,
  CONTENDED_AT: 7,
  CURRENT: 8,
  PREVIOUS: 9,
} as const;

/** The array of a replica in that state; see `quota-state-script.ts`. */
export const replicaFields = { SEEN_AT: 1, SILENT_SINCE: 2, USED: 3, RESERVED: 4, GATED: 5 } as const;

/** Milliseconds, but for EXACT_UP_TO. */
export const limiterTimes = {
  /** Without a sign of life for so long, a replica may be using its share. */
  SILENT_AFTER: 3_000,
  /** Its share is released so long after its silence was noticed. */
  FORGET_AFTER: 120_000,
  /** The gate stays closed at least so long, and at most so long where replicas do not report. */
  GATE_AT_LEAST: 3_000,
  GATE_AT_MOST: 60_000,
  /** All replicas give their shares back for so long after a call was refused because of them. */
  YIELD_FOR: 5_000,
  /** Least time between two rows of the table. */
  ROW_EVERY: ROW_EVERY_MS,
  /** A clock that was set back by less is waited for. */
  CLOCK_STEP: CLOCK_STEP_MS,
  /** A list expires so long after its own window, and the state after the longest one. */
  KEPT_AFTER: 60_000,
  /** Up to this limit, calls keep their millisecond; above it, those of a 4096th of the window share an entry. */
  EXACT_UP_TO,
  NEVER: 1e15,
} as const;

/** A Lua table: the length of each window in milliseconds, by its index. */
export const windowLengths = `{ ${windowTypes.map((type) => windowMs[type]).join(', ')} }`;

/**
 * Puts the values in the place of the names. Lua has no constants, and makes each function anew in each run: a local
 * variable costs time there in every function that uses it.
 */
export const withConstants = (lua: string, constants: Readonly<Record<string, number>>): string =>
  lua.replaceAll(/\b[A-Z_]+\b/g, (name) => String(constants[name] ?? name));
