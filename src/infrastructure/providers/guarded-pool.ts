import { LRUCache } from 'lru-cache';
import { buildConnector, Pool, type Dispatcher } from 'undici';
import { outboundError, type OutboundGuard } from '../security/outbound-policy.ts';

type Guard = Pick<OutboundGuard, 'connectRefusal' | 'lookup'>;
type Deps = {
  readonly guard: Guard;
  readonly connectTimeoutMs: number;
  /** As received, before decompression. */
  readonly maxAnswerBytes: number;
};

/** Idle sockets are closed before a provider closes them under a request that was just sent. */
const IDLE_SOCKET_MS = 15_000;
const MOST_SOCKETS_OF_ONE_ORIGIN = 256;

/** About 20 kB each, even when nothing is sent any more; beyond this number the least recently used one is closed. */
const MOST_ORIGINS = 500;

export type GuardedPool = Pick<Dispatcher, 'dispatch'> & {
  readonly destroy: () => void;
  /** Number of origins with kept connections. */
  readonly origins: () => number;
};

/**
 * Keep-alive connections, whose address is checked when they are made, literal addresses included. Not undici's Agent:
 * after a request was aborted, it never drops the pool of its origin, and tenants name ever new origins.
 */
export const guardedPool = (deps: Deps): GuardedPool => {
  const pools = new LRUCache<string, Pool>({
    max: MOST_ORIGINS,
    // Requests under way are answered first. If the pool was destroyed already, there is nothing to close.
    dispose: (pool) => void pool.close().catch(() => undefined),
  });
  const poolOf = (origin: string): Pool => {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const made = poolFor(origin, deps);
    pools.set(origin, made);
    return made;
  };
  return {
    dispatch: (options, handler) => poolOf(String(options.origin)).dispatch(options, handler),
    destroy: () => {
      for (const pool of pools.values()) void pool.destroy();
      pools.clear();
    },
    origins: () => pools.size,
  };
};

const poolFor = (origin: string, { guard, connectTimeoutMs, maxAnswerBytes }: Deps): Pool =>
  new Pool(origin, {
    connect: guardedConnector(guard, connectTimeoutMs),
    connections: MOST_SOCKETS_OF_ONE_ORIGIN,
    pipelining: 1,
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    maxResponseSize: maxAnswerBytes,
    // The whole exchange has a time limit of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

export const CONNECT_TIMEOUT = 'ERR_CONNECT_TIMEOUT';

const guardedConnector = (guard: Guard, timeout: number): buildConnector.connector => {
  const connect = buildConnector({ allowH2: false, timeout, lookup: guard.lookup });
  return (options, connected) => {
    const refusal = guard.connectRefusal({ secure: options.protocol === 'https:', host: options.hostname });
    if (refusal === undefined) connect(options, inTime(connected, timeout));
    else connected(outboundError(refusal), null);
  };
};

/** undici's own limit, which destroys the socket, is up to a second late. */
const inTime = (connected: buildConnector.Callback, milliseconds: number): buildConnector.Callback => {
  let isLate = false;
  let lastLook: NodeJS.Immediate | undefined;
  const giveUp = (): void => {
    isLate = true;
    connected(Object.assign(new Error('no connection in time'), { code: CONNECT_TIMEOUT }), null);
  };
  // As for an answer: after a pause the connection may be established already, but not yet noticed.
  const timer = setTimeout(() => (lastLook = setImmediate(giveUp)), milliseconds);
  return (...result) => {
    clearTimeout(timer);
    clearImmediate(lastLook);
    if (isLate) result[1]?.destroy();
    else connected(...result);
  };
};
