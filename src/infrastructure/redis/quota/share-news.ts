import { heardOf, mayHear, takeOwn } from '../../../domain/rate-limit/replica-share.ts';
import type { HeldShare } from './held-share.ts';
import type { QuotaAnswer } from './quota-messages.ts';

/** What an answer says of the shares that were asked for, in their order. */
export const heard = (shares: readonly HeldShare[], answer: QuotaAnswer, cost: number): void => {
  for (const [index, share] of shares.entries()) {
    const subject = answer.subjects[index];
    if (subject === undefined) continue;
    share.generation = subject.gen;
    share.isLost = false;
    share.rows = undefined;
    share.isGated = subject.gated;
    share.rowDue ||= subject.row === true;
    const asked = answer.asked[index] ?? [];
    const told = share.limited.map((window) => subject.windows[asked.indexOf(window)]);
    heardOf(
      share,
      told.map((window) => window?.[2]),
      told.map((window) => window?.[0]),
    );
    if (answer.kind === 'granted') takeOwn(share, cost, subject.now);
  }
};

/**
 * Redis is about to be told all of a share and the costs of its calls, by a request that it ignores after `deadline`.
 */
export const noteSent = (share: HeldShare, deadline: number, monotonic: number): number => {
  const { micros } = share;
  mayHear(share, deadline);
  share.lastSent = monotonic;
  // Told once, even if no answer comes: costs are shown, and no limit depends on them.
  share.micros = 0;
  return micros;
};

/** Redis says that it has noted nothing of what it was told: `costs` of each share. */
export const noteIgnored = (shares: readonly HeldShare[], costs: readonly number[]): void => {
  for (const [index, share] of shares.entries()) share.micros += costs[index] ?? 0;
};
