/**
 * Does the work in the next turn of the event loop, once for all who asked in this one: what
 * comes together goes together.
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
