import type { Sleep } from '../../domain/shared/clock.ts';

/**
 * Waits in two halves. A process that was held up (a busy machine, a long collection of garbage) finds its
 * timers due before it has looked at its sockets: the second half lets it see an answer that came meanwhile, and ask
 * for what had to wait for that one.
 */
export const patience = async (sleep: Sleep, milliseconds: number, signal: AbortSignal): Promise<void> => {
  await sleep(milliseconds / 2, signal);
  await sleep(milliseconds / 2, signal);
};

/**
 * The same where there is no promise to race, ended by `clear`. At its end sockets are read once more, as after a sleep.
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
