import { MemoryRateLimiter } from '../../src/infrastructure/memory/memory-rate-limiter.ts';
import { fakeQuotaStateStore } from '../support/fake-quota-state-store.ts';
import { fixedClock, turn } from '../support/fixed-clock.ts';
import { describeRateLimiter } from './rate-limiter.contract.ts';

describeRateLimiter('MemoryRateLimiter', async () => {
  const clock = fixedClock();
  const limiter = new MemoryRateLimiter({
    clock,
    sleep: clock.sleep,
    store: fakeQuotaStateStore().connect(),
  });
  return {
    limiter,
    now: async () => clock.now(),
    advance: async (milliseconds) => {
      clock.advance(milliseconds);
      await turn();
    },
    stop: () => limiter.close(),
  };
});
