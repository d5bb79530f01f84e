import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Exchange = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};
export type Reply = (response: ServerResponse, exchange: Exchange) => void;

export type FixtureServer = {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly received: readonly Exchange[];
  /** Bytes written to all sockets so far. */
  readonly bytesSent: () => number;
  /** Resolves when a client has closed a connection before its answer was complete. */
  readonly abandoned: Promise<void>;
  readonly answerWith: (reply: Reply) => void;
  readonly close: () => Promise<void>;
};

/** A provider on loopback whose next answers are set by the test. */
export const fixtureServer = async (reply: Reply): Promise<FixtureServer> => {
  const received: Exchange[] = [];
  let current = reply;
  let sent = 0;
  let abandon: () => void = () => undefined;
  const abandoned = new Promise<void>((resolve) => {
    abandon = resolve;
  });
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://fixture');
      const exchange: Exchange = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      received.push(exchange);
      response.on('close', () => {
        if (!response.writableFinished) abandon();
      });
      current(response, exchange);
    });
  });
  server.on('connection', (socket) => socket.on('close', () => (sent += socket.bytesWritten)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    bytesSent: () => sent,
    abandoned,
    answerWith: (next) => {
      current = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
    response.end(JSON.stringify(body));
  };

export const text =
  (
    status: number,
    contentType: string,
    body: string | Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': contentType, ...headers });
    response.end(body);
  };

/** One recorded or constructed answer from test/fixtures. */
export type FixtureResponse = {
  readonly httpStatus: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly rawBody?: string;
};

export const replay = ({ httpStatus, headers = {}, body, rawBody }: FixtureResponse): Reply =>
  text(
    httpStatus,
    headers['content-type'] ?? 'application/json; charset=UTF-8',
    rawBody ?? JSON.stringify(body),
    headers,
  );
