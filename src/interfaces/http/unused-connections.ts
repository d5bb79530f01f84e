import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections on which nothing has arrived yet: browsers and load balancers open some ahead of their requests. Node
 * counts them as active, so closing idle connections leaves them open.
 */
export type UnusedConnections = {
  readonly exist: () => boolean;
  readonly close: () => void;
};

const isUnused = ({ bytesRead }: Socket): boolean => bytesRead === 0;

export const unusedConnectionsOf = (server: Server): UnusedConnections => {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const unused = (): readonly Socket[] => [...open].filter(isUnused);
  return {
    exist: () => unused().length > 0,
    close: () => {
      for (const socket of unused()) socket.destroy();
    },
  };
};
