/**
 * Schedules the work for the next turn of the event loop, once for all who ask in this one, so that what comes together
 * is handled together.
 */
export const onceATurn = (work: () => void): (() => void) => {
  let isPlanned = false;
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      work();
    });
  };
};
