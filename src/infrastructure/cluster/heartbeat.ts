import type { Sleep } from '../../domain/shared/clock.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A worker tells its primary that its event loop is alive. */
export const BEAT_EVERY_MS = 2_000;
/** Consecutive checks at which a worker had not been heard again. */
const MOST_MISSED = 10;
/** The same at first, since a busy machine takes its time to load the code. */
const MOST_MISSED_AT_FIRST = 30;

/**
 * Kills a worker that exists but hangs: probes from outside reach one of several workers at random, and would mostly
 * miss it. It counts checks, not time, so that a primary that was paused itself blames nobody.
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
 * Counts the minutes that a worker takes to start. A start may wait for a migration of any length, so it is not ended
 * for that, but the log shows the reason.
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
