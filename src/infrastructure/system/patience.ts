import type { Sleep } from '../../domain/shared/clock.ts';

/**
 * Waits in two halves. A process that was held up (a busy machine, a long collection of garbage) finds its
 * timers due before it has looked at its sockets: the second half lets it see an answer that came meanwhile.
 */
export const patience = async (sleep: Sleep, milliseconds: number, signal: AbortSignal): Promise<void> => {
  await sleep(milliseconds / 2, signal);
  await sleep(milliseconds / 2, signal);
};
