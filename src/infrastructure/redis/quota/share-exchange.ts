import { storeAnswered, requestSent, takeOwn } from '../../../domain/rate-limit/replica-share.ts';
import type { HeldShare } from './held-share.ts';
import type { QuotaAnswer } from './quota-messages.ts';

/** Applies an answer to the shares that it was asked for, which are in the same order. */
export const applyAnswer = (shares: readonly HeldShare[], answer: QuotaAnswer, cost: number): void => {
  for (const [index, share] of shares.entries()) {
    const subject = answer.subjects[index];
    if (subject === undefined) continue;
    share.generation = subject.gen;
    share.isLost = false;
    share.rows = undefined;
    share.isGated = subject.gated;
    share.rowDue ||= subject.row === true;
    const asked = answer.asked[index] ?? [];
    const known = share.limited.map((window) => subject.windows[asked.indexOf(window)]);
    storeAnswered(
      share,
      known.map((window) => window?.[2]),
      known.map((window) => window?.[0]),
    );
    if (answer.kind === 'granted') takeOwn(share, cost, subject.now);
  }
};

/**
 * Called when everything of a share, with the costs of its calls, is about to be sent in a request that Redis ignores
 * after `deadline`. Returns the costs sent.
 */
export const markSent = (share: HeldShare, deadline: number, monotonic: number): number => {
  const { micros } = share;
  requestSent(share, deadline);
  share.lastSent = monotonic;
  // Sent at most once, even if no answer comes: costs are for display, and no limit depends on them.
  share.micros = 0;
  return micros;
};

/** Redis answered that it recorded nothing, so `costs`, one for each share, are still to be sent. */
export const takeBackCosts = (shares: readonly HeldShare[], costs: readonly number[]): void => {
  for (const [index, share] of shares.entries()) share.micros += costs[index] ?? 0;
};
