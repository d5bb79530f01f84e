import type { IncomingMessage } from 'node:http';

/**
 * Requests that were answered before their body had arrived, for instance with 401, on connections that stay open. Node
 * counts such a connection as active, perhaps for ever: its client may never send the rest.
 */
export type UnreadBodies = {
  readonly add: (req: IncomingMessage) => void;
  readonly exist: () => boolean;
  /** Closes their connections. */
  readonly close: () => void;
};

export const unreadBodies = (): UnreadBodies => {
  const unread = new Set<IncomingMessage>();
  return {
    add: (req) => {
      unread.add(req);
      req.once('close', () => unread.delete(req));
    },
    exist: () => unread.size > 0,
    close: () => {
      for (const { socket } of unread) socket.destroy();
    },
  };
};
