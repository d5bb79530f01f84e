import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Linux gives ports from 32,768 on to whoever connects, or listens on any. A server that a test stops for a while would
 * find its own gone when it starts again: none of these is given away meanwhile, nor the bus of a Redis cluster, which
 * listens 10,000 above.
 */
const FIRST = 10_000;
const BEHIND_LAST = 22_768;

/** Undefined where somebody else has it. */
const listeningOn = (port: number): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

/** Ports that nobody has just now, all different. Whoever takes them should be ready to find one gone. */
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
