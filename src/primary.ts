import { clusterWorkers, type ClusterWorker } from './infrastructure/cluster/cluster-workers.ts';
import { primaryMetrics } from './infrastructure/cluster/primary-metrics.ts';
import { WorkerPool } from './infrastructure/cluster/worker-pool.ts';
import type { Config } from './infrastructure/config/config.ts';
import { systemClock, systemSleep } from './infrastructure/system/system-clock.ts';
import { pooledMetrics } from './infrastructure/telemetry/pooled-metrics.ts';
import type { Logger } from './infrastructure/telemetry/winston-logger.ts';
import { workerMetrics } from './infrastructure/telemetry/worker-metrics.ts';
import { stopPatience } from './process-end.ts';

/** The pool of workers in the process that owns the port. It serves nothing itself, so no request can crash it. */
export const primary = (config: Config, logger: Logger): WorkerPool => {
  const metrics = pooledMetrics();
  const alive = new Map<number, ClusterWorker>();
  const fork = clusterWorkers({
    entry: `${import.meta.dirname}/worker.ts`,
    onMessage: (worker, message) => {
      if (message.kind === 'counts') return gathering.counted(worker.id, message.counts);
      void gathering.expose().then((exposition) => worker.send({ kind: 'exposition', exposition }));
    },
  });
  const watched = (): ClusterWorker => {
    const worker = fork();
    alive.set(worker.id, worker);
    void worker.ended.then(() => {
      alive.delete(worker.id);
      return metrics.retire(worker.id);
    });
    return worker;
  };
  const pool = new WorkerPool({
    size: config.workers,
    fork: watched,
    sleep: systemSleep,
    monotonic: systemClock.monotonic,
    logger,
    patienceMs: stopPatience(config),
  });
  const gathering = primaryMetrics({
    metrics,
    workers: () => [...alive.values()],
    own: workerMetrics(
      () => pool.serving(),
      () => pool.restarts(),
    ),
    sleep: systemSleep,
  });
  return pool;
};
