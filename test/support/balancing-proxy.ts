import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A minimal load balancer: round robin, health checks, keep-alive connections, no retries. */
export type BalancingProxy = {
  readonly url: string;
  readonly add: (upstream: string) => void;
  readonly remove: (upstream: string) => void;
  /** The added addresses whose last health check succeeded. */
  readonly ready: () => readonly string[];
  readonly stop: () => Promise<void>;
};

const CHECK_EVERY_MS = 100;
/**
 * Longer than a test: a caller's request must not be sent just as its idle connection is closed, which would be a fault
 * of the proxy.
 */
const KEPT_MS = 300_000;

type Upstream = { readonly url: string; readonly agent: Agent; ready: boolean };

/** `Connection` and what it names belong to one hop (RFC 9110 section 7.6.1). */
const onward = (headers: IncomingMessage['headers']): IncomingMessage['headers'] => {
  const onwards = { ...headers };
  delete onwards.connection;
  delete onwards['keep-alive'];
  return onwards;
};

export const startBalancingProxy = async (): Promise<BalancingProxy> => {
  const upstreams = new Map<string, Upstream>();
  let turn = 0;
  const next = (): Upstream | undefined => {
    const ready = [...upstreams.values()].filter((upstream) => upstream.ready);
    turn += 1;
    return ready[turn % ready.length];
  };
  const server = createServer({ keepAliveTimeout: KEPT_MS }, (req, res) => forward(req, res, next()));
  const checks = setInterval(() => void Promise.all([...upstreams.values()].map(check)), CHECK_EVERY_MS);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const remove = (url: string): void => {
    upstreams.get(url)?.agent.destroy();
    upstreams.delete(url);
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add: (url) => void upstreams.set(url, { url, agent: new Agent({ keepAlive: true }), ready: false }),
    remove,
    ready: () => [...upstreams.values()].filter(({ ready }) => ready).map(({ url }) => url),
    stop: async () => {
      clearInterval(checks);
      for (const url of upstreams.keys()) remove(url);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

const check = async (upstream: Upstream): Promise<void> => {
  const answer = await fetch(`${upstream.url}/health/ready`, { headers: { connection: 'close' } }).catch(
    () => undefined,
  );
  await answer?.arrayBuffer();
  upstream.ready = answer?.ok === true;
};

const forward = (req: IncomingMessage, res: ServerResponse, upstream: Upstream | undefined): void => {
  if (upstream === undefined) return void res.writeHead(502).end('no upstream is ready');
  const { method, headers, url = '/' } = req;
  const sent = request(
    upstream.url + url,
    { method: method ?? 'GET', headers: onward(headers), agent: upstream.agent },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502, onward(answer.headers));
      answer.pipe(res);
    },
  );
  sent.on('error', (error) => {
    if (res.headersSent) res.destroy();
    else res.writeHead(502).end(`upstream: ${error.message}`);
  });
  req.pipe(sent);
};
