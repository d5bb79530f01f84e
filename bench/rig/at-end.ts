type Undo = () => Promise<void> | void;

const undos: Undo[] = [];

/** Runs at the end, whatever it is: the last one registered first. */
export const atEnd = (undo: Undo): void => void undos.push(undo);

const undoAll = async (): Promise<void> => {
  for (let undo = undos.pop(); undo !== undefined; undo = undos.pop())
    await Promise.resolve(undo()).catch((error: unknown) => console.error(error));
};

/** Runs the bench and leaves nothing behind, also after a failure or a signal. */
export const cleanly = async (work: () => Promise<void>): Promise<void> => {
  const onSignal = (): void => void undoAll().finally(() => process.exit(130));
  process.once('SIGINT', onSignal);
  process.once('SIGTERM', onSignal);
  try {
    await work();
  } finally {
    await undoAll();
  }
};
