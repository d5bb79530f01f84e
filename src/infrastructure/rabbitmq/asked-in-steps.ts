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
