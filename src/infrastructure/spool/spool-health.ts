import type { DependencyCheck } from '../../application/queries/system-health.ts';
import { errorCode } from '../system/error-code.ts';
import type { Spool } from './spool.ts';
import type { SpoolingCallJournal } from './spooling-call-journal.ts';

type Deps = {
  readonly spool: Pick<Spool, 'problem' | 'diskError' | 'records'>;
  readonly journal: Pick<SpoolingCallJournal, 'mode'>;
};

type Found = Awaited<ReturnType<DependencyCheck>>;

/**
 * Degraded while calls go to the spool instead of the database, or could not if the database went away; down when they
 * have to, and the spool takes none. What is still shipped while the database is used again needs no attention.
 */
export const spoolHealth =
  ({ spool, journal }: Deps): DependencyCheck =>
  () =>
    Promise.resolve({ name: 'spool', required: true, ...stateOf(spool, journal.mode === 'spool') });

const stateOf = (
  { problem, diskError, records }: Deps['spool'],
  isNeeded: boolean,
): Pick<Found, 'status' | 'detail'> => {
  const unwritten = `cannot be written (${errorCode(diskError) ?? 'unknown error'})`;
  if (isNeeded && problem !== undefined) {
    const why = problem === 'full' ? 'SPOOL_MAX_BYTES are used up' : unwritten;
    return { status: 'down', detail: `${why}: calls are refused` };
  }
  if (isNeeded) return { status: 'degraded', detail: `${records} calls wait for the database` };
  if (problem === 'disk-failed')
    return { status: 'degraded', detail: `${unwritten}: without the database calls are refused` };
  return { status: 'ok' };
};
