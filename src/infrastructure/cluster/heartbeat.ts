import type { Sleep } from '../../domain/shared/clock.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A worker tells its primary that its event loop turns. */
export const BEAT_EVERY_MS = 2_000;
/** Looks in a row at which a worker had not been heard again. */
const MOST_MISSED = 10;
/** And at first: a busy machine takes its time to load what a worker is made of. */
const MOST_MISSED_AT_FIRST = 30;

/**
 * Kills a worker that is there and does nothing: probes from outside meet one of several workers by chance and
 * would mostly not see it. Looks are counted, not time: a primary that was held up itself accuses nobody.
 */
export const killHanging = async (
  { ended, beats, kill }: Pick<WorkerProcess, 'ended' | 'beats' | 'kill'>,
  sleep: Sleep,
  onHanging: () => void,
): Promise<void> => {
  const over = new AbortController();
  void ended.then(() => over.abort());
  let heard = 0;
  let missed = 0;
  for (let most = MOST_MISSED_AT_FIRST; missed < most;) {
    await sleep(BEAT_EVERY_MS, over.signal);
    if (over.signal.aborted) return;
    missed = beats() === heard ? missed + 1 : 0;
    if (missed === 0) most = MOST_MISSED;
    heard = beats();
  }
  onHanging();
  kill();
};

const MINUTE = 60_000;

/**
 * Counts the minutes that a worker takes to start. It may wait for a migration that takes as long as it takes, so it is
 * not ended for that; but whoever wonders shall find a reason.
 */
export const whileStarting = async (
  { ready }: Pick<WorkerProcess, 'ready'>,
  sleep: Sleep,
  onMinute: (minutes: number) => void,
): Promise<void> => {
  const over = new AbortController();
  void ready.then(() => over.abort());
  for (let minutes = 1; ; minutes += 1) {
    await sleep(MINUTE, over.signal);
    if (over.signal.aborted) return;
    onMinute(minutes);
  }
};
