type Undo = () => Promise<void> | void;

const undos: Undo[] = [];

/** Runs at the end of what is being measured, whatever it is: the last one registered first. */
export const atEnd = (undo: Undo): void => void undos.push(undo);

const undoAll = async (): Promise<void> => {
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop())
    await Promise.resolve(undo()).catch((error: unknown) => console.error(error));
};

/**
 * Measures and leaves nothing behind that would take processor time from what is measured next, also after a
 * failure or a signal.
 */
export const cleanly = async <A>(measure: () => Promise<A>): Promise<A> => {
  const onSignal = (): void => void undoAll().finally(() => process.exit(130));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    return await measure();
  } finally {
    await undoAll();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
};
