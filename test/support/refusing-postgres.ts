import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A server that refuses every connection with an error, as PostgreSQL and PgBouncer do. */
export type RefusingPostgres = { readonly url: string; readonly close: () => Promise<unknown> };

/** An ErrorResponse message of the PostgreSQL protocol. */
const refusal = (code: string, message: string): Buffer => {
  const fields = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from('E....');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
};

export const refusingPostgres = async (code: string, message: string): Promise<RefusingPostgres> => {
  const server = createServer((socket) => socket.once('data', () => socket.end(refusal(code, message))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `postgresql://somebody@127.0.0.1:${port}/main`,
    close: () => new Promise((closed) => server.close(closed)),
  };
};
