import { Agent, buildConnector } from 'undici';
import { outboundError, type OutboundGuard } from '../security/outbound-policy.ts';

type Deps = {
  readonly guard: OutboundGuard;
  readonly connectTimeoutMs: number;
  /** As it comes over the wire. */
  readonly maxAnswerBytes: number;
};

/** Idle sockets are closed before a provider closes them under a request that was just sent. */
const IDLE_SOCKET_MS = 15_000;
const MOST_SOCKETS_OF_ONE_ORIGIN = 256;

/** Keep-alive connections, each to an address that was judged when it was made, literal ones included. */
export const guardedPool = ({ guard, connectTimeoutMs, maxAnswerBytes }: Deps): Agent =>
  new Agent({
    connect: guardedConnector(guard, connectTimeoutMs),
    connections: MOST_SOCKETS_OF_ONE_ORIGIN,
    pipelining: 1,
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    maxResponseSize: maxAnswerBytes,
    // The whole exchange has one limit of its own.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

export const CONNECT_TIMEOUT = 'ERR_CONNECT_TIMEOUT';

const guardedConnector = (guard: OutboundGuard, timeout: number): buildConnector.connector => {
  const connect = buildConnector({ allowH2: false, timeout, lookup: guard.lookup });
  return (options, connected) => {
    const refusal = guard.connectRefusal({ secure: options.protocol === 'https:', host: options.hostname });
    if (refusal === undefined) connect(options, inTime(connected, timeout));
    else connected(outboundError(refusal), null);
  };
};

/** undici's own limit, which ends the socket, is up to a second late. */
const inTime = (connected: buildConnector.Callback, milliseconds: number): buildConnector.Callback => {
  let isLate = false;
  let lastLook: NodeJS.Immediate | undefined;
  const giveUp = (): void => {
    isLate = true;
    connected(Object.assign(new Error('no connection in time'), { code: CONNECT_TIMEOUT }), null);
  };
  // As with an answer: after a busy time it may stand, and nobody has looked yet.
  const timer = setTimeout(() => (lastLook = setImmediate(giveUp)), milliseconds);
  return (...result) => {
    clearTimeout(timer);
    clearImmediate(lastLook);
    if (isLate) result[1]?.destroy();
    else connected(...result);
  };
};
