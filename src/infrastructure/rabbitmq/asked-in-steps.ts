import type { Channel } from 'amqplib';

/** The requests that are sent one after the other before a channel can be used. */
const STEPS = [
  'assertExchange',
  'checkExchange',
  'assertQueue',
  'checkQueue',
  'bindQueue',
  'prefetch',
] as const;

/**
 * Milliseconds for each step towards a channel that can be used. Not for all: they are up to twenty, one after the
 * other, and how far away the broker is says nothing of a queue.
 */
export const STEP_TIMEOUT_MS = 15_000;

/** Rejects where an answer of the broker does not come in time. */
export type InTime = <A>(answer: Promise<A>) => Promise<A>;

/** The channel, on which each answer has to come in time by itself: on a slow way many of them take long together. */
export const askedInSteps = <C extends Channel>(channel: C, inTime: InTime): C => {
  const asked = Object.fromEntries(
    STEPS.map((step) => {
      const ask = channel[step] as (...args: unknown[]) => PromiseLike<unknown>;
      return [step, (...args: unknown[]) => inTime(Promise.resolve(ask.apply(channel, args)))];
    }),
  );
  return Object.assign(Object.create(channel), asked);
};
