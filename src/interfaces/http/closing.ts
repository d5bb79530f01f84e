import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Traffic } from './traffic.ts';
import type { UnreadBodies } from './unread-bodies.ts';
import { unusedConnectionsOf, type UnusedConnections } from './unused-connections.ts';

export type Closing = {
  /**
   * For `ms` (longer if the process is paused meanwhile) readiness is 503 and everything else is served as before, each
   * answer closing its connection. So load balancers and clients with kept-alive connections go elsewhere before
   * anything is refused.
   */
  readonly drain: (ms: number) => Promise<void>;
  /**
   * Accepts no new connection, since other processes listen on the same port. Goes on serving existing ones, each
   * answer closing its connection, until all are closed, for at most `ms`.
   */
  readonly leave: (ms: number) => Promise<void>;
  /**
   * Accepts no new connection, so that load balancers go elsewhere. On existing connections readiness is 503 and new
   * requests get 503 at once. Requests under way are answered, then all connections are closed, after a moment also
   * those on which nothing has arrived yet, or not the whole body of a request that is answered already. After `graceMs`
   * the rest is cut off.
   */
  readonly close: (graceMs: number) => Promise<void>;
};

/**
 * Only `net.Server` is closed: `close` of `http.Server` also closes idle connections, on which a request may be
 * arriving.
 */
const listenNoMore = (server: Server): void => void NetServer.prototype.close.call(server);

/** About as often as load balancers probe. */
const SLICE_MS = 50;
/** A slice that took this long does not count: the process was paused, as on a busy machine, or suspended. */
const HELD_UP_MS = 100;
/** A supervisor allows 15 s beyond drain and grace; this is the part of it that may be added here. */
const MOST_LONGER_MS = 5_000;
/**
 * The least time left after a pause: Node accepts one connection per turn of the event loop, and each may bring a
 * request.
 */
const ACCEPTING_MS = 250;
/** For the first request of a connection that was opened just before the stop, and for the rest of a body. */
const ARRIVING_MS = 1_000;

/** True when the process was paused meanwhile. */
const slice = async (ms: number): Promise<boolean> => {
  const since = performance.now();
  await pause(ms);
  return performance.now() - since > HELD_UP_MS;
};

/**
 * Sleeps, but does not count time in which the process was paused: it answered no probe then, and connections have
 * queued up that would be reset when the server stops listening.
 */
const pauseAwake = async (ms: number): Promise<void> => {
  const latest = performance.now() + ms + MOST_LONGER_MS;
  let isHeldUp = false;
  for (let left = ms; left > 0 && performance.now() < latest;) {
    isHeldUp = await slice(Math.min(left, SLICE_MS));
    left = isHeldUp ? Math.max(left, ACCEPTING_MS) : left - SLICE_MS;
  }
  // In slices, since a single long timer might already be due after the pause.
  if (isHeldUp) for (let left = ACCEPTING_MS; left > 0; left -= SLICE_MS) await slice(SLICE_MS);
};

/** Connections that wait for their clients. */
type Waiting = UnusedConnections | UnreadBodies;

const closeWaiting = async (
  server: Server,
  waiting: readonly Waiting[],
  closed: Promise<void>,
): Promise<void> => {
  if (waiting.some(({ exist }) => exist())) await Promise.race([closed, pauseAwake(ARRIVING_MS)]);
  for (const { close } of waiting) close();
  // Those whose body has arrived meanwhile.
  server.closeIdleConnections();
};

const stopping =
  (server: Server, traffic: Traffic, waiting: readonly Waiting[]): Closing['close'] =>
  async (graceMs) => {
    traffic.enter('stopping');
    const closed = new Promise<void>((resolve) => server.once('close', resolve));
    const late = setTimeout(() => {
      server.close();
      server.closeAllConnections();
    }, graceMs);
    listenNoMore(server);
    await Promise.race([traffic.quiet(), closed]);
    // Closes idle connections; an answer just written is still sent.
    server.close();
    await closeWaiting(server, waiting, closed);
    // The last connection may be closed shortly before its request counts as finished.
    await Promise.all([closed, traffic.quiet()]);
    clearTimeout(late);
  };

export const closingOf = (server: Server, traffic: Traffic, unread: UnreadBodies): Closing => ({
  drain: async (ms) => {
    if (ms <= 0) return;
    traffic.enter('draining');
    await pauseAwake(ms);
  },
  leave: async (ms) => {
    traffic.enter('leaving');
    const gone = new Promise((resolve) => server.once('close', resolve));
    listenNoMore(server);
    await Promise.race([gone, pause(ms, undefined, { ref: false })]);
  },
  close: stopping(server, traffic, [unusedConnectionsOf(server), unread]),
});
