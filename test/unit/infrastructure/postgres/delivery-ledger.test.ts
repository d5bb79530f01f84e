import { expect } from 'chai';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pool, PoolClient } from 'pg';
import {
  LARGE_BODY,
  PostgresDeliveryLedger,
} from '../../../../src/infrastructure/postgres/webhooks/postgres-delivery-ledger.ts';
import { systemClock, systemSleep } from '../../../../src/infrastructure/system/system-clock.ts';
import { aDelivery } from '../../../support/a-received-delivery.ts';

describe('deliveries that cannot be stored because the database is stalled', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const never = new Promise<PoolClient>(() => undefined);
  const still = { connect: () => never, options: { max: 4 } } as unknown as Pool;
  const ledger = new PostgresDeliveryLedger({
    groupPool: still,
    largePool: still,
    isAway: () => false,
    onCommitted: () => undefined,
    clock: systemClock,
    sleep: systemSleep,
    patienceMs: 20,
  });

  const sizes = { 'of the usual size': 200_000, 'that go in parts': LARGE_BODY + 1 };
  for (const [which, bytes] of Object.entries(sizes))
    it(`hold no memory, ${which}, once their senders have been told to come again`, async () => {
      // What is in progress may still be stored: this one, and three more in a second group.
      const first = ledger.accept(aDelivery(1, { body: new Uint8Array(bytes) }));
      await new Promise((resolve) => setImmediate(resolve));
      const bodies: WeakRef<Uint8Array>[] = [];
      const answers = Array.from({ length: 40 }, (_, n) => {
        const kept = aDelivery(n + 2, { body: new Uint8Array(bytes) });
        bodies.push(new WeakRef(kept.body));
        return ledger.accept(kept);
      });
      const kinds = (await Promise.all([first, ...answers])).map(({ kind }) => kind);
      expect(new Set(kinds)).to.deep.equal(new Set(['unavailable']));
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
      expect(bodies.filter((body) => body.deref() !== undefined)).to.have.length.below(5);
    });
});
