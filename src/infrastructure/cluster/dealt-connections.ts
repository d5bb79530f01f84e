import type { ChildProcess } from 'node:child_process';

type Handle = { readonly close: () => void };

/**
 * Internals of Node 24 (lib/internal/cluster): the primary's `handoff` sends these messages, and keeps the handle until
 * the answer.
 */
type Dealing = { readonly cmd: 'NODE_CLUSTER'; readonly act: 'newconn'; readonly seq: number };

const isDealing = (message: unknown): message is Dealing =>
  typeof message === 'object' &&
  message !== null &&
  'act' in message &&
  message.act === 'newconn' &&
  'seq' in message &&
  typeof message.seq === 'number';

const isHandle = (value: unknown): value is Handle =>
  typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';

/**
 * When a worker ends before it takes a connection that was passed to it, Node forgets the connection and leaves it open
 * for ever: its client waits for an answer that nobody will give. The returned function closes it; it is to be called
 * when the worker is gone and all its messages have arrived. The client is then disconnected at once and may try again.
 * There is one at most, since a worker gets the next connection only when it has taken the one before.
 */
export const untakenBy = (worker: ChildProcess): (() => void) => {
  const untaken = new Map<number, Handle>();
  const send = worker.send.bind(worker) as (...args: readonly unknown[]) => boolean;
  worker.send = (...args: readonly unknown[]): boolean => {
    const [message, handle] = args;
    if (isDealing(message) && isHandle(handle)) untaken.set(message.seq, handle);
    return send(...args);
  };
  worker.on('internalMessage', (message: { readonly ack?: unknown }) => {
    if (typeof message.ack === 'number') untaken.delete(message.ack);
  });
  return () => {
    for (const handle of untaken.values()) handle.close();
    untaken.clear();
  };
};
