import { windowMs, type QuotaRefused, type WindowState } from '../../domain/rate-limit/quota.ts';
import {
  canTake,
  remaining,
  resetsAt,
  retryAfter,
  used,
  type RateLimitWindow,
} from '../../domain/rate-limit/rate-limit-window.ts';

/** A subject with the windows that are currently limited, advanced to the present. */
type Opened = {
  readonly subjectId: string;
  readonly limited: readonly { readonly window: RateLimitWindow }[];
};

const stateOf = (subjectId: string, window: RateLimitWindow): WindowState => ({
  subjectId,
  window: window.type,
  limit: window.limit,
  used: used(window),
  remaining: remaining(window),
  resetsAt: resetsAt(window),
});

/** The standing of every limited window. The windows must have been advanced. */
export const statesOf = (opened: readonly Opened[]): readonly WindowState[] => {
  const states: WindowState[] = [];
  for (const held of opened)
    for (const { window } of held.limited) states.push(stateOf(held.subjectId, window));
  return states;
};

/**
 * Undefined when the cost fits into every window; otherwise the refusal with the longest wait, and of two endless waits
 * that of the longer window.
 */
export const refusalOf = (opened: readonly Opened[], cost: number): QuotaRefused | undefined => {
  let worst: { subjectId: string; window: RateLimitWindow; wait: number } | undefined;
  for (const { subjectId, limited } of opened)
    for (const { window } of limited) {
      if (canTake(window, cost)) continue;
      const wait = retryAfter(window, cost);
      const longer =
        worst === undefined ||
        wait > worst.wait ||
        (wait === worst.wait && windowMs[window.type] > windowMs[worst.window.type]);
      if (longer) worst = { subjectId, window, wait };
    }
  if (worst === undefined) return undefined;
  const { subjectId, window, wait } = worst;
  return {
    kind: 'quota-refused',
    by: stateOf(subjectId, window),
    retryAfterMs: Number.isFinite(wait) ? wait : windowMs[window.type],
    windows: statesOf(opened),
  };
};
