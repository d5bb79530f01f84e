import cluster, { type Worker } from 'node:cluster';
import { systemSleep } from '../system/system-clock.ts';
import { untakenBy } from './dealt-connections.ts';
import type { ToPrimary, ToWorker } from './worker-messages.ts';
import { isToPrimary } from './worker-messages.ts';
import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

export type ClusterWorker = WorkerProcess & { readonly send: (message: ToWorker) => void };

type Options = {
  /** The file that a worker runs. */
  readonly entry: string;
  readonly onMessage: (
    worker: ClusterWorker,
    message: Exclude<ToPrimary, { kind: 'ready' | 'beat' }>,
  ) => void;
};

/**
 * Forks workers that share one listening port. The primary accepts connections and passes them on in turn (Node's
 * default on Linux): if the workers shared the port itself, the kernel would wake any of them, and one would get most.
 */
export const clusterWorkers = ({ entry, onMessage }: Options): (() => ClusterWorker) => {
  cluster.setupPrimary({ exec: entry, args: [] });
  return () => {
    const worker = cluster.fork();
    const closeUntaken = untakenBy(worker.process);
    const ended = endOf(worker);
    void ended.then(closeUntaken);
    const ready = Promise.withResolvers<number | undefined>();
    void ended.then(() => ready.resolve(undefined));
    let beats = 0;
    const send = (message: ToWorker): void => sendTo(worker, message);
    const forked: ClusterWorker = {
      id: worker.id,
      pid: worker.process.pid ?? 0,
      ready: ready.promise,
      ended,
      beats: () => beats,
      send,
      tell: (kind) => send({ kind }),
      kill: () => void worker.process.kill('SIGKILL'),
    };
    worker.on('message', (message: unknown) => {
      if (!isToPrimary(message)) return;
      if (message.kind === 'ready') ready.resolve(message.port);
      else if (message.kind === 'beat') beats += 1;
      else onMessage(forked, message);
    });
    return forked;
  };
};

const CHANNEL_LOOKED_AT_MS = 10;

/**
 * Resolves when the worker is gone and all its messages have arrived, for the channel may hold messages for longer than
 * the process lives. Only `connected` shows that it was read to its end: with a connection on its way to the worker,
 * `disconnect` never comes.
 */
const endOf = async (worker: Worker): Promise<WorkerEnd> => {
  const end = await new Promise<WorkerEnd>((resolve) => {
    worker.once('exit', (code: number | null, signal: string | null) => resolve({ code, signal }));
    // The worker could not even be started, for want of memory or process ids: then neither of the other events comes.
    worker.on('error', () => {
      if (worker.process.pid === undefined) resolve({ code: null, signal: null });
    });
  });
  while (worker.process.pid !== undefined && worker.isConnected()) await systemSleep(CHANNEL_LOOKED_AT_MS);
  return end;
};

/** A worker that has just ended cannot be told anything; its end is handled elsewhere. */
const sendTo = (worker: Worker, message: ToWorker): void => {
  if (worker.isConnected()) worker.send(message, () => undefined);
};
