import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';

/** A relay to a server that can be cut: open connections break, new ones are closed at once. */
export type CuttableRelay = {
  /** The URL of the server through this relay. */
  readonly url: string;
  readonly cut: () => void;
  readonly mend: () => void;
  readonly close: () => Promise<void>;
};

export const cuttableRelay = async (target: string): Promise<CuttableRelay> => {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((inward) => {
    keep(inward);
    if (isCut) return void inward.destroy();
    const outward = connect(Number(port), hostname);
    keep(outward);
    inward.pipe(outward).pipe(inward);
    inward.on('close', () => outward.destroy());
    outward.on('close', () => inward.destroy());
  });
  const cut = (): void => {
    isCut = true;
    for (const socket of open) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut,
    mend: () => (isCut = false),
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
};
