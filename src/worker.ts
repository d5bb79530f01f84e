// One worker of several (WEB_CONCURRENCY): serves, and follows its primary. Started only by primary.ts.
import cluster from 'node:cluster';
import { isLeft } from './domain/shared/fp.ts';
import { BEAT_EVERY_MS } from './infrastructure/cluster/heartbeat.ts';
import { isToWorker, type ToPrimary, type ToWorker } from './infrastructure/cluster/worker-messages.ts';
import { configFrom } from './infrastructure/config/config.ts';
import { atomicOutput } from './infrastructure/telemetry/line-output.ts';
import type { Exposition } from './infrastructure/telemetry/pooled-metrics.ts';
import { winstonLogger } from './infrastructure/telemetry/winston-logger.ts';
import { endOnce, onCrash, startFailed, stopPatience } from './process-end.ts';
import { serve } from './serve.ts';

const read = configFrom(process.env);
if (isLeft(read) || cluster.worker === undefined) {
  process.stderr.write('Start src/main.ts instead: it starts its workers itself\n');
  process.exit(1);
}
const config = read.right;
const lineFields = { worker: cluster.worker.id };
const output = atomicOutput();
const logger = winstonLogger(config.logLevel, output, lineFields);

/** Resolves when the message is sent: messages still unsent are lost when the process ends. */
const say = (message: ToPrimary): Promise<void> =>
  new Promise((resolve) => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });

let askers: ((exposition: Exposition) => void)[] = [];
const metricsOfAll = (): Promise<Exposition> =>
  new Promise((resolve) => {
    askers.push(resolve);
    void say({ kind: 'expose' });
  });

/** Until the start is complete there is nothing to stop in order, and nothing to count. */
let obey = (message: ToWorker): void => {
  if (message.kind === 'leave' || message.kind === 'stop') process.exit(0);
  if (message.kind === 'count') void say({ kind: 'counts', counts: [] });
};
process.on('message', (message) => {
  if (isToWorker(message)) obey(message);
});
// A terminal or supervisor may send these to every process; the primary tells its workers what concerns them.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

// Sent from the very beginning, so that a start which blocks the event loop is noticed as well.
setInterval(() => void say({ kind: 'beat' }), BEAT_EVERY_MS);

const start = async (): Promise<void> => {
  const serving = await serve({ config, logger, output, lineFields, metrics: metricsOfAll });
  const count = async (): Promise<void> =>
    say({ kind: 'counts', counts: await serving.telemetry.registry.getMetricsAsJSON() });
  const last = (way: () => Promise<void>) => () => way().then(count);
  const end = endOnce(logger, stopPatience(config));
  // The other workers go on serving, so readiness is not withdrawn.
  onCrash(logger, (reason) => end(reason, 1, last(serving.leave)));
  obey = (message) => {
    if (message.kind === 'count') return void count();
    if (message.kind === 'leave') return end('replaced', 0, last(serving.leave));
    if (message.kind === 'stop') return end('told by the primary', 0, last(serving.stop));
    const answered = askers;
    askers = [];
    for (const answer of answered) answer(message.exposition);
  };
  await say({ kind: 'ready', port: serving.port });
};

start().catch(startFailed(logger));
