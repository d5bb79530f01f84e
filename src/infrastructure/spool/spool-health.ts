import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { Spool } from './spool.ts';
import type { SpoolingCallJournal } from './spooling-call-journal.ts';

type Deps = {
  readonly spool: Pick<Spool, 'problem' | 'records'>;
  readonly journal: Pick<SpoolingCallJournal, 'mode'>;
};

type Found = Awaited<ReturnType<DependencyCheck>>;

/**
 * Degraded while calls wait on this disk for the database, or could not wait there; down when that is needed and cannot
 * be done.
 */
export const spoolHealth =
  ({ spool, journal }: Deps): DependencyCheck =>
  () =>
    Promise.resolve({ name: 'spool', required: true, ...stateOf(spool, journal.mode === 'spool') });

const stateOf = (
  { problem, records }: Pick<Spool, 'problem' | 'records'>,
  isNeeded: boolean,
): Pick<Found, 'status' | 'detail'> => {
  if (isNeeded && problem !== undefined) return { status: 'down', detail: problem };
  if (isNeeded) return { status: 'degraded', detail: `${records} calls wait for the database` };
  if (problem === 'disk-failed')
    return { status: 'degraded', detail: 'cannot be written: without the database calls are refused' };
  return { status: 'ok' };
};
