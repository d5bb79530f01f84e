import { fixedClock } from '../support/fixed-clock.ts';
import { KEY_LEASE_MS, memoryIdempotencyKeys } from '../support/memory-idempotency-keys.ts';
import { idempotencyKeysContract } from './idempotency-keys.contract.ts';

idempotencyKeysContract('memoryIdempotencyKeys', async () => {
  const clock = fixedClock();
  return {
    replicas: [memoryIdempotencyKeys(clock)],
    expireLeases: async () => clock.advance(KEY_LEASE_MS + 1),
  };
});
