import type { CommandMeans } from '../../src/application/command-queue.ts';

/** Dependencies that are available or unavailable as the test decides. */
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
