import { Agent as HttpAgent, type AgentOptions, type ClientRequestArgs } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { outboundError, type OutboundGuard } from '../security/outbound-policy.ts';

export const CONNECT_TIMEOUT = 'ERR_CONNECT_TIMEOUT';

type Deps = { readonly guard: OutboundGuard; readonly connectTimeoutMs: number };
type Connected = (error: Error | null, stream: Duplex) => void;

/** Idle sockets are closed before a provider closes them under a request that was just sent. */
const IDLE_SOCKET_MS = 15_000;
const pool: AgentOptions = { keepAlive: true, maxSockets: 256, maxFreeSockets: 64, timeout: IDLE_SOCKET_MS };

/** Ends a socket that is not connected (for TLS: not through the handshake) in time. */
const limitConnect = (socket: Duplex | null | undefined, event: string, milliseconds: number): void => {
  if (socket === null || socket === undefined) return;
  const timer = setTimeout(() => {
    socket.destroy(Object.assign(new Error('no connection in time'), { code: CONNECT_TIMEOUT }));
  }, milliseconds);
  const done = (): void => clearTimeout(timer);
  socket.once(event, done);
  socket.once('close', done);
};

class GuardedHttpAgent extends HttpAgent {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    super({ ...pool, lookup: deps.guard.lookup });
    this.#deps = deps;
  }

  override createConnection(options: ClientRequestArgs, connected?: Connected): Duplex | null | undefined {
    refuseForbidden(this.#deps.guard, options.host, false);
    const socket = super.createConnection(options, connected);
    limitConnect(socket, 'connect', this.#deps.connectTimeoutMs);
    return socket;
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    super({ ...pool, lookup: deps.guard.lookup });
    this.#deps = deps;
  }

  override createConnection(options: RequestOptions, connected?: Connected): Duplex | null | undefined {
    refuseForbidden(this.#deps.guard, options.host, true);
    const socket = super.createConnection(options, connected);
    limitConnect(socket, 'secureConnect', this.#deps.connectTimeoutMs);
    return socket;
  }
}

const refuseForbidden = (guard: OutboundGuard, host: string | null | undefined, secure: boolean): void => {
  const refusal = guard.connectRefusal({ secure, host: host ?? '' });
  if (refusal !== undefined) throw outboundError(refusal);
};

/** Keep-alive agents that judge every address they connect to, literal ones included. */
export const guardedAgents = (deps: Deps): { readonly http: HttpAgent; readonly https: HttpsAgent } => ({
  http: new GuardedHttpAgent(deps),
  https: new GuardedHttpsAgent(deps),
});
