import type { Sleep } from '../../domain/shared/clock.ts';
import type { WorkerProcess } from './worker-process.ts';

/** A worker tells its primary that its event loop turns. */
export const BEAT_EVERY_MS = 2_000;
/** Looks in a row at which a worker had not been heard again. */
const MOST_MISSED = 10;

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
  let heard = -1;
  let missed = 0;
  while (missed < MOST_MISSED) {
    await sleep(BEAT_EVERY_MS, over.signal);
    if (over.signal.aborted) return;
    missed = beats() === heard ? missed + 1 : 0;
    heard = beats();
  }
  onHanging();
  kill();
};
