import { fixedClock } from '../support/fixed-clock.ts';
import { KEY_LEASE_MS, memoryIdempotencyKeys } from '../support/memory-idempotency-keys.ts';
import { idempotencyKeysContract } from './idempotency-keys.contract.ts';
import { itKeepsClaimsApart } from './idempotency-keys.model.ts';

idempotencyKeysContract('memoryIdempotencyKeys', async () => {
  const clock = fixedClock();
  return {
    replicas: [memoryIdempotencyKeys(clock)],
    expireLeases: async () => clock.advance(KEY_LEASE_MS + 1),
    leaseMs: KEY_LEASE_MS,
    pass: async (ms) => clock.advance(ms),
  };
});

describe('memoryIdempotencyKeys', () => {
  itKeepsClaimsApart(() => {
    const clock = fixedClock();
    return {
      keys: memoryIdempotencyKeys(clock),
      leaseMs: KEY_LEASE_MS,
      now: async () => clock.now(),
      pass: async (ms) => clock.advance(ms),
    };
  }, 500);
});
