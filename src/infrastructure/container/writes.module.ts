import { ContainerModule } from 'inversify';
import { randomInt } from 'node:crypto';
import type { SpreadsheetWriters } from '../../domain/spreadsheet/spreadsheet-writers.ts';
import { MemorySpreadsheetWriters } from '../memory/memory-spreadsheet-writers.ts';
import { postgresIdempotencyKeys } from '../postgres/idempotency/postgres-idempotency-keys.ts';
import { postgresSpreadsheetWriters } from '../postgres/spreadsheet/postgres-spreadsheet-writers.ts';
import { errorFields } from '../telemetry/winston-logger.ts';
import { ids, type Platform } from './identifiers.ts';

/** How long a key is refused whose process crashed; its lease is renewed three times within this. */
const LEASE_MS = 15_000;
const RENEW_LEASE_EVERY_MS = 5_000;
const MARKS_END = 2 ** 31;

/** The embedded database serves a single process, so nobody else writes. */
const writersOf = (platform: Platform): SpreadsheetWriters => {
  const here = new MemorySpreadsheetWriters(platform);
  if (platform.config.databaseUrl === undefined) return here;
  return postgresSpreadsheetWriters({
    ...platform,
    here,
    random: Math.random,
    onNotReleased: (error) =>
      platform.logger.warn(
        'turn (write lock) of a spreadsheet not released, it expires by itself',
        errorFields(error),
      ),
  });
};

/** Makes writes idempotent, and serialises those to the same spreadsheet. */
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
        onNotKept: (error, { tenantId, correlationId }) =>
          logger.warn('outcome of a write with an Idempotency-Key not stored, a repeat finds it out', {
            tenant: tenantId,
            request_id: correlationId,
            ...errorFields(error),
          }),
      }),
      [ids.platform],
    )
    .inSingletonScope();

  bind(ids.spreadsheetWriters).toResolvedValue(writersOf, [ids.platform]).inSingletonScope();
});
