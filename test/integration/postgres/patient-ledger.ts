import type { Database } from '../../../src/infrastructure/postgres/database.ts';
import { PostgresDeliveryLedger } from '../../../src/infrastructure/postgres/webhooks/postgres-delivery-ledger.ts';
import { systemClock, systemSleep } from '../../../src/infrastructure/system/system-clock.ts';

type Options = ConstructorParameters<typeof PostgresDeliveryLedger>[0];

/** A ledger that waits for a busy database as long as a test may take. */
export const patientLedger = ({ pool }: Database, change: Partial<Options> = {}): PostgresDeliveryLedger =>
  new PostgresDeliveryLedger({
    groupPool: pool,
    largePool: pool,
    isAway: () => false,
    onCommitted: () => undefined,
    clock: systemClock,
    sleep: systemSleep,
    patienceMs: 20_000,
    ...change,
  });
