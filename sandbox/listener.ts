import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Call } from './stand-in.ts';

/** Larger bodies are refused with 413, as the real front ends do. */
const mostBodyBytes = 2 * 1024 * 1024;
/** Google Sheets recommends at most 2 MB but accepts more. */
const mostSheetsBytes = 10 * 1024 * 1024;

export type Handler = (call: Call, response: ServerResponse) => void;

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const callOf = (request: IncomingMessage, body: string): Call => {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: decoded(mark < 0 ? url : url.slice(0, mark)),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: request.headers,
    body,
  };
};

const withBody = (request: IncomingMessage, response: ServerResponse, handler: Handler): void => {
  const most = request.url?.startsWith('/v4/') ? mostSheetsBytes : mostBodyBytes;
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
  });
  request.on('end', () => {
    if (size > most) return void response.writeHead(413).end();
    handler(callOf(request, Buffer.concat(chunks).toString('utf8')), response);
  });
  // The caller disconnected while sending: there is nobody to answer.
  request.on('error', () => response.destroy());
};

export type Listener = { readonly url: string; readonly stop: () => Promise<void> };

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });

/** Listens on 127.0.0.1 with keep-alive. Stopping destroys the open sockets, including hanging ones. */
export const listen = async (port: number, handler: Handler): Promise<Listener> => {
  const server = createServer((request, response) => {
    if (request.method === 'POST' || request.method === 'PUT') withBody(request, response, handler);
    else handler(callOf(request, ''), response);
  });
  server.keepAliveTimeout = 65_000;
  await listening(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
};
