import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Traffic } from './traffic.ts';

export type Closing = {
  /**
   * For `ms`, and longer where it is held up meanwhile, readiness is 503 and everything else is served as before, each
   * answer closing its connection: who balances load and who keeps connections has gone elsewhere before anything is
   * refused.
   */
  readonly drain: (ms: number) => Promise<void>;
  /**
   * Takes no new connection; others listen on the same port. Goes on answering on those there are, each answer
   * closing its connection, until all have gone, at most `ms`.
   */
  readonly leave: (ms: number) => Promise<void>;
  /**
   * Takes no new connection, so that whoever balances load goes elsewhere with requests of any kind; on those there
   * are, readiness is 503 and new requests get 503 at once. Requests under way are answered; then every connection is
   * closed. After `graceMs` what is left is cut off.
   */
  readonly close: (graceMs: number) => Promise<void>;
};

/** Not `server.close()` of HTTP, which also closes idle connections, on which a request may be on its way. */
const listenNoMore = (server: Server): void => void NetServer.prototype.close.call(server);

/** As often as balancers look, about. */
const SLICE_MS = 50;
/** A slice that took so long was none: this process was held up, as on a busy machine, or was suspended. */
const HELD_UP_MS = 100;
/** A supervisor's patience has 15 s for what comes after drain and grace. */
const MOST_LONGER_MS = 5_000;
/**
 * What is left at least after a hold-up: Node accepts one connection in a turn of the event loop, and each may bring a
 * request.
 */
const ACCEPTING_MS = 250;

/** True when the process was held up meanwhile. */
const slice = async (ms: number): Promise<boolean> => {
  const since = performance.now();
  await pause(ms);
  return performance.now() - since > HELD_UP_MS;
};

/**
 * Time in which a process was held up does not count: it told nobody meanwhile, and new connections wait that would be
 * reset with the end of its listening.
 */
const pauseAwake = async (ms: number): Promise<void> => {
  const latest = performance.now() + ms + MOST_LONGER_MS;
  let isHeldUp = false;
  for (let left = ms; left > 0 && performance.now() < latest;) {
    isHeldUp = await slice(Math.min(left, SLICE_MS));
    left = isHeldUp ? Math.max(left, ACCEPTING_MS) : left - SLICE_MS;
  }
  // Turn by turn, since a pause at one go may be over in the first one.
  if (isHeldUp) for (let left = ACCEPTING_MS; left > 0; left -= SLICE_MS) await slice(SLICE_MS);
};

export const closingOf = (server: Server, traffic: Traffic): Closing => ({
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
  close: async (graceMs) => {
    traffic.enter('stopping');
    const closed = new Promise<void>((resolve) => server.once('close', resolve));
    const late = setTimeout(() => {
      server.close();
      server.closeAllConnections();
    }, graceMs);
    listenNoMore(server);
    await Promise.race([traffic.quiet(), closed]);
    // Closes idle connections; an answer just written still leaves.
    server.close();
    // The last connection may be gone a moment before its last request is known to be over.
    await Promise.all([closed, traffic.quiet()]);
    clearTimeout(late);
  },
});
