/** Yields to the event loop, so that other work gets its turn, first of all data that arrived over sockets. */
export const eventLoopTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
