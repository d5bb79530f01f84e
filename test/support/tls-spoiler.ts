import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A proxy before a TLS server that can break the protocol towards its clients. */
export type TlsSpoiler = {
  readonly port: number;
  /** Sends records that no key can decrypt to all connected clients. */
  readonly spoil: () => void;
  /** The number of connections that have been closed. */
  readonly gone: () => number;
  readonly close: () => Promise<void>;
};

/** A record of type application data, 32 bytes long. */
const RECORD = Buffer.concat([Buffer.from([0x17, 0x03, 0x03, 0x00, 0x20]), Buffer.alloc(32, 0x07)]);
const SPOILT = Buffer.concat([RECORD, RECORD]);

/** With `fromTheStart`, such records follow the first bytes that the server sends, which include its certificate. */
export const startTlsSpoiler = async (port: number, fromTheStart: boolean): Promise<TlsSpoiler> => {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let gone = 0;
  const server = createServer((client) => {
    const upstream = connect({ host: '127.0.0.1', port });
    clients.add(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        if (clients.delete(socket)) gone += 1;
        other.destroy();
      });
    }
    client.pipe(upstream);
    let isFirst = true;
    upstream.on('data', (chunk: Buffer) => {
      client.write(isFirst && fromTheStart ? Buffer.concat([chunk, SPOILT]) : chunk);
      isFirst = false;
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    spoil: () => {
      for (const client of clients) client.write(SPOILT);
    },
    gone: () => gone,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
