import { Counter, type Registry } from 'prom-client';
import type { QuotaStateStore } from '../../domain/rate-limit/quota-state-store.ts';
import { stateChanges } from './state-changes.ts';
import { errorFields, type Logger } from './winston-logger.ts';

type Reports = {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly monotonic: () => number;
  /** Whether the database is away, which is logged elsewhere. */
  readonly isAway: () => boolean;
};

const words = {
  load: ['quota state not read', 'quota state is read again'],
  save: ['quota state not stored', 'quota state is stored again'],
} as const;

/** Counts failures of the store, and logs them once per change, since a limiter retries every second. */
export const reportedQuotaStore = (
  store: QuotaStateStore,
  { registry, logger, monotonic, isAway }: Reports,
): QuotaStateStore => {
  const failures = new Counter({
    name: 'integration_quota_state_failures_total',
    help: 'Reads and writes of the rows of quotas that failed',
    labelNames: ['operation'],
    registers: [registry],
  });
  const reporting = (operation: keyof typeof words) => {
    const [broken, recovered] = words[operation];
    const state = stateChanges(monotonic, {
      broken: (error) => logger.warn(broken, errorFields(error)),
      recovered: (count) => logger.info(recovered, { failures: count }),
    });
    failures.inc({ operation }, 0);
    return async <A>(work: Promise<A>): Promise<A> => {
      try {
        const done = await work;
        state.works();
        return done;
      } catch (error) {
        failures.inc({ operation });
        if (!isAway()) state.broken(error);
        throw error;
      }
    };
  };
  const [loading, saving] = [reporting('load'), reporting('save')];
  return {
    load: (...of) => loading(store.load(...of)),
    loadAll: (subjects) => loading(store.loadAll(subjects)),
    save: (windows) => saving(store.save(windows)),
  };
};
