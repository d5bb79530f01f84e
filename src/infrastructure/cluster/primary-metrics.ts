import type { Sleep } from '../../domain/shared/clock.ts';
import type { Counts, Exposition, PooledMetrics } from '../telemetry/pooled-metrics.ts';
import type { ToWorker } from './worker-messages.ts';

type Counted = {
  readonly id: number;
  readonly ended: Promise<unknown>;
  readonly send: (message: ToWorker) => void;
};

type Options = {
  readonly metrics: PooledMetrics;
  readonly workers: () => readonly Counted[];
  /** The metrics of the primary itself. */
  readonly own: () => Promise<Counts>;
  readonly sleep: Sleep;
};

/** Milliseconds for a worker to send its metrics; for one that is too busy, the last known ones are shown. */
const PATIENCE_MS = 1_000;

/** Gathers the metrics of all workers for the one that was asked. Two requests at the same time share one gathering. */
export const primaryMetrics = ({ metrics, workers, own, sleep }: Options) => {
  const waiting = new Map<number, () => void>();
  const followed = new WeakSet<Counted>();
  let gathering: Promise<Exposition> | undefined;

  /** Once per worker: racing against its end each time would leave one more listener behind each time. */
  const follow = (worker: Counted): void => {
    if (followed.has(worker)) return;
    followed.add(worker);
    void worker.ended.then(() => waiting.get(worker.id)?.());
  };
  const countsOf = async (worker: Counted): Promise<void> => {
    const { id, send } = worker;
    const done = new AbortController();
    const arrived = new Promise<void>((resolve) => void waiting.set(id, resolve));
    follow(worker);
    send({ kind: 'count' });
    await Promise.race([arrived, sleep(PATIENCE_MS, done.signal)]);
    done.abort();
    waiting.delete(id);
  };
  const gathered = async (): Promise<Exposition> => {
    await Promise.all(workers().map(countsOf));
    return metrics.expose(await own());
  };
  return {
    /** A worker has sent its metrics, on request or at its end. */
    counted: (worker: number, counts: Counts): void => {
      metrics.note(worker, counts);
      waiting.get(worker)?.();
    },
    expose: (): Promise<Exposition> => {
      gathering ??= gathered().finally(() => {
        gathering = undefined;
      });
      return gathering;
    },
  };
};
