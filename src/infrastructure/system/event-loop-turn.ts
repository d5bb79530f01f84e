/** Lets whoever waits for this thread have their turn, what has come over sockets first of all. */
export const eventLoopTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
