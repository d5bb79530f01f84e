import type { CommandMeans } from '../../src/application/command-queue.ts';

/** There or away, as a test says. */
export const commandMeans = (): CommandMeans & { readonly away: (isAway: boolean) => void } => {
  const listeners: (() => void)[] = [];
  let isAway = false;
  return {
    isAway: () => isAway,
    onChange: (listener) => void listeners.push(listener),
    away: (now) => {
      isAway = now;
      for (const tell of listeners) tell();
    },
  };
};
