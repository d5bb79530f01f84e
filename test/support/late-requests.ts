import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A proxy before a provider. A request that it holds reaches the provider when it is released, even if its sender has
 * given up.
 */
export type LateRequests = {
  readonly url: string;
  /** Holds the next request with this text in its body. */
  readonly holdNext: (text: string) => void;
  /** Releases the held requests, and resolves with the status that each was answered with. */
  readonly letGo: () => Promise<readonly number[]>;
  readonly close: () => Promise<void>;
};

export const startLateRequests = async (target: string): Promise<LateRequests> => {
  let wanted: string | undefined;
  const held: (() => Promise<number>)[] = [];
  const server = createServer((req, res) => {
    void bodyOf(req).then(async (body) => {
      if (wanted === undefined || !body.includes(wanted)) return answer(res, await pass(target, req, body));
      wanted = undefined;
      held.push(async () => (await pass(target, req, body)).status);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    holdNext: (text) => (wanted = text),
    letGo: () => Promise.all(held.splice(0).map((send) => send())),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const bodyOf = async (req: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

const pass = (target: string, { method, url, headers }: IncomingMessage, body: string): Promise<Response> =>
  fetch(target + (url ?? '/'), {
    method: method ?? 'GET',
    headers: {
      authorization: headers.authorization ?? '',
      'content-type': headers['content-type'] ?? 'application/json',
    },
    ...(body === '' ? {} : { body }),
  });

const answer = async (res: ServerResponse, from: Response): Promise<void> => {
  res.writeHead(from.status, { 'content-type': from.headers.get('content-type') ?? 'application/json' });
  res.end(await from.text());
};
