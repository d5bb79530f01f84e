import { ContainerModule } from 'inversify';
import { randomInt } from 'node:crypto';
import { postgresIdempotencyKeys } from '../postgres/postgres-idempotency-keys.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { ids } from './identifiers.ts';

/** How long a key is refused whose process was killed; three signs of life fit in. */
const LEASE_MS = 15_000;
const RENEW_LEASE_EVERY_MS = 5_000;
const MARKS_END = 2 ** 31;

/** What keeps writes to be done once. */
export const writesModule = new ContainerModule(({ bind }) => {
  bind(ids.onceOnly)
    .toResolvedValue(
      ({ database, ids: idSource, sleep, logger }) => ({
        keys: postgresIdempotencyKeys({
          database,
          ids: idSource,
          randomMark: () => randomInt(1, MARKS_END),
          leaseMs: LEASE_MS,
        }),
        sleep,
        renewEveryMs: RENEW_LEASE_EVERY_MS,
        onNotKept: (error) =>
          logger.warn('outcome of a keyed write not kept, a repeat finds out', errorFields(error)),
      }),
      [ids.platform],
    )
    .inSingletonScope();
});
