import { mock } from 'node:test';
import type { Clock } from '../../src/domain/shared/clock.ts';
import { turn } from './fixed-clock.ts';

export type MockedTime = Clock & {
  readonly advance: (milliseconds: number) => void;
  /** Sets only `Date.now()`, as an administrator or NTP would. */
  readonly setWallClock: (epochMs: number) => void;
  /** Advances time, millisecond by millisecond, until the promise is settled. */
  readonly until: <A>(promise: Promise<A>) => Promise<A>;
  readonly restore: () => void;
};

/**
 * Replaces `Date` and `setTimeout` of the process, for libraries that take no clock. Must be restored after the test.
 */
export const mockedTime = (now = Date.UTC(2026, 10, 22, 12)): MockedTime => {
  mock.timers.enable({ apis: ['Date', 'setTimeout'], now });
  let passed = 0;
  const advance = (milliseconds: number): void => {
    passed += milliseconds;
    mock.timers.tick(milliseconds);
  };
  return {
    now: () => Date.now(),
    monotonic: () => passed,
    advance,
    setWallClock: (epochMs) => mock.timers.setTime(epochMs),
    until: async (promise) => {
      let isSettled = false;
      const settle = (): void => void (isSettled = true);
      promise.then(settle, settle);
      for (await turn(); !isSettled; await turn()) advance(1);
      return promise;
    },
    restore: () => mock.timers.reset(),
  };
};
