type Undo = () => Promise<void> | void;

const undos: Undo[] = [];

/** Registers a clean-up for the end of the current measurement; the last one registered runs first. */
export const atEnd = (undo: Undo): void => void undos.push(undo);

const undoAll = async (): Promise<void> => {
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop())
    await Promise.resolve(undo()).catch((error: unknown) => console.error(error));
};

/**
 * Runs a measurement and leaves nothing behind that would use processor time during the next one, even after a failure
 * or a signal.
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
