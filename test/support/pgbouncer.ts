import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { debianProgram } from './debian-program.ts';
import { freePorts } from './free-ports.ts';
import { testFolder } from './test-folder.ts';
import { eventually } from './until.ts';

/** A PgBouncer of the test's own, in transaction mode, before the server of this URL. */
export type Pgbouncer = {
  readonly version: string;
  /** The same database, by way of it. */
  readonly urlOf: (databaseUrl: string) => string;
  /** kill -9, and another one at the same port. */
  readonly replace: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Connections to the server that all clients of one database share. */
export const SERVER_CONNECTIONS = 6;

/** As it comes, but for the mode: no parameter of a connection is waved through, no prepared statement is tracked. */
const settings = (server: URL, port: number): string => `
[databases]
* = host=${server.hostname} port=${server.port || 5432} user=${server.username} password=${decodeURIComponent(server.password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 500
`;

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

/** Rejects with why there is none on this machine. */
export const startPgbouncer = async (serverUrl: string): Promise<Pgbouncer> => {
  const version = await debianProgram('pgbouncer');
  const folder = await testFolder();
  const [port = 0] = await freePorts(1);
  const file = join(folder.path, 'pgbouncer.ini');
  writeFileSync(file, settings(new URL(serverUrl), port));
  // It refuses to be root, and reads its settings as whoever it becomes.
  chmodSync(folder.path, 0o755);
  let running = await started(port, file);
  const end = async (): Promise<void> => {
    running.kill('SIGKILL');
    await once(running, 'exit');
  };
  return {
    version,
    urlOf: (databaseUrl) => {
      const url = new URL(databaseUrl);
      url.hostname = '127.0.0.1';
      url.port = String(port);
      return url.href;
    },
    replace: async () => {
      await end();
      running = await started(port, file);
    },
    stop: async () => {
      await end();
      folder.remove();
    },
  };
};

const started = async (port: number, file: string): Promise<ChildProcess> => {
  const asNobody = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const args = ['--pdeathsig', 'TERM', 'pgbouncer', '--quiet', ...asNobody, file];
  const child = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'ignore'] });
  await eventually('PgBouncer answers', async () => {
    if (child.exitCode !== null) throw new Error('PgBouncer ended');
    return (await answers(port)) || undefined;
  });
  return child;
};
