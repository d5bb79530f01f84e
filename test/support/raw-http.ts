import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends raw bytes over a new socket and returns everything received until the socket closes. */
export const rawExchange = async (
  url: string,
  ...chunks: readonly (string | Uint8Array)[]
): Promise<string> => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'connect');
  // A server that refuses while bytes still arrive may reset the connection: what it sent before counts.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  for (const chunk of chunks) if (socket.writable) socket.write(chunk);
  await closed;
  return text;
};

/** A request head that asks for the connection to be closed after the answer. */
export const requestHead = (
  method: string,
  path: string,
  headers: { readonly [name: string]: string },
): string => {
  const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
};
