import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Linux hands out ports from 32,768 upwards to clients that connect and to servers that listen on any port. A server
 * that a test stops for a while would find its own port taken when it starts again. None of the ports below is handed
 * out meanwhile, nor is the bus port of a Redis cluster node, which is 10,000 above its own.
 */
const FIRST = 10_000;
const BEHIND_LAST = 22_768;

/** Undefined if the port is in use. */
const listeningOn = (port: number): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/** Ports that are free now, all different. Another process may still take one before the caller does. */
export const freePorts = async (count: number): Promise<readonly number[]> => {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = randomInt(FIRST, BEHIND_LAST);
    const server = await listeningOn(port);
    if (server !== undefined) held.set(port, server);
  }
  await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  return [...held.keys()];
};
