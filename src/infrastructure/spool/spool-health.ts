import type { DependencyCheck } from '../../application/queries/system-health.ts';
import type { Spool } from './spool.ts';
import type { SpoolingCallJournal } from './spooling-call-journal.ts';

type Deps = { readonly spool: Spool; readonly journal: SpoolingCallJournal };

/** Degraded while calls wait on this disk for the database; down when that is needed and cannot be done. */
export const spoolHealth =
  ({ spool, journal }: Deps): DependencyCheck =>
  () => {
    const { problem, records } = spool;
    const found = { name: 'spool', required: true };
    if (journal.mode !== 'spool') return Promise.resolve({ ...found, status: 'ok' });
    if (problem === undefined)
      return Promise.resolve({
        ...found,
        status: 'degraded',
        detail: `${records} calls wait for the database`,
      });
    return Promise.resolve({ ...found, status: 'down', detail: problem });
  };
