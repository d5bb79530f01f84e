import type { Sleep } from '../../domain/shared/clock.ts';

/**
 * Waits in two halves. A process that was paused (a busy machine, a long garbage collection) runs timers that are due
 * before it reads its sockets: the second half lets it see an answer that arrived meanwhile, and send requests that
 * depend on it.
 */
export const patience = async (sleep: Sleep, milliseconds: number, signal: AbortSignal): Promise<void> => {
  await sleep(milliseconds / 2, signal);
  await sleep(milliseconds / 2, signal);
};

/**
 * The same as a timer, for use without a promise to race; `clear` ends it. Before it fires, sockets are read once more,
 * as after a sleep.
 */
export const patientTimer = (milliseconds: number, onOver: () => void): { readonly clear: () => void } => {
  const lookOnceMore = (): void => void (lastLook = setImmediate(onOver));
  let lastLook: NodeJS.Immediate | undefined;
  let timer = setTimeout(() => (timer = setTimeout(lookOnceMore, milliseconds / 2)), milliseconds / 2);
  return {
    clear: () => {
      clearTimeout(timer);
      clearImmediate(lastLook);
    },
  };
};
