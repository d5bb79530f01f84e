import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Client } from 'pg';
import { postgresAddress } from '../../../src/infrastructure/postgres/connection/connection-options.ts';
import { errorCode } from '../../../src/infrastructure/system/error-code.ts';
import { tlsFiles } from '../../support/tls-files.ts';

/** AuthenticationOk and ReadyForQuery: accepts any user. */
const WELCOME = Buffer.from('520000000800000000' + '5a0000000549', 'hex');
const [cert, key] = [readFileSync(tlsFiles.certificate), readFileSync(tlsFiles.key)];

/** The protocol up to the first query, which is never sent here. */
const serve = (socket: Socket): void => {
  socket.on('error', () => undefined);
  socket.once('data', () => {
    socket.write('S');
    const secure = new TLSSocket(socket, { isServer: true, cert, key });
    secure.on('error', () => undefined);
    secure.once('data', () => secure.write(WELCOME));
  });
};

describe('a PostgreSQL over TLS, whose certificate is for localhost and 127.0.0.1', () => {
  let server: Server;
  before(async () => {
    server = createServer(serve);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });
  after(() => server.close());

  /** Leads to that server, whatever the address says. */
  const ledThere = (): Socket => {
    const socket = new Socket();
    const { port } = server.address() as AddressInfo;
    const connect = socket.connect.bind(socket) as (port: number, host: string) => Socket;
    socket.connect = () => connect(port, '127.0.0.1');
    return socket;
  };

  const outcomeAt = async (host: string, mode: string): Promise<string> => {
    const url = `postgresql://app:word@${host}/main?sslmode=${mode}&sslrootcert=${tlsFiles.authority}`;
    const client = new Client({ ...postgresAddress(url), stream: ledThere });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return 'connected';
    } catch (error) {
      return errorCode(error) ?? String(error);
    } finally {
      await client.end();
    }
  };

  for (const host of ['localhost', '127.0.0.1'])
    it(`is accepted as ${host} with verify-full`, async () => {
      expect(await outcomeAt(host, 'verify-full')).to.equal('connected');
    });

  for (const host of ['db.test', '192.0.2.1', '[2001:db8::1]'])
    it(`is not accepted as ${host} with verify-full, but is with verify-ca`, async () => {
      expect(await outcomeAt(host, 'verify-full')).to.equal('ERR_TLS_CERT_ALTNAME_INVALID');
      expect(await outcomeAt(host, 'verify-ca')).to.equal('connected');
    });
});
