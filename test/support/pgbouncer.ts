import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { debianProgram } from './debian-program.ts';
import { freePorts } from './free-ports.ts';
import { testFolder } from './test-folder.ts';
import { eventually } from './until.ts';

/** A PgBouncer owned by the test, in transaction mode, before one database. */
export type Pgbouncer = {
  readonly version: string;
  /** The database as reached through PgBouncer, under a different name. */
  readonly url: string;
  /** That name, which the server itself does not know. */
  readonly database: string;
  /** Kills it with kill -9 and starts another one on the same port. */
  readonly replace: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Server connections shared by all clients of one database. */
export const SERVER_CONNECTIONS = 6;

/**
 * The default configuration except for the pool mode: no startup parameter is ignored, no prepared statement is
 * tracked.
 */
const settings = (name: string, database: URL, port: number): string => `
[databases]
${name} = host=${database.hostname} port=${database.port || 5432} dbname=${database.pathname.slice(1)} user=${database.username} password=${decodeURIComponent(database.password)}
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

/** Rejects with the reason if this machine has none. */
export const startPgbouncer = async (databaseUrl: string): Promise<Pgbouncer> => {
  const version = await debianProgram('pgbouncer');
  const folder = await testFolder();
  const [port = 0] = await freePorts(1);
  const server = new URL(databaseUrl);
  const name = `${server.pathname.slice(1)}_elsewhere`;
  const file = join(folder.path, 'pgbouncer.ini');
  writeFileSync(file, settings(name, server, port));
  // PgBouncer refuses to run as root, and reads its settings as the user it switches to.
  chmodSync(folder.path, 0o755);
  let running = await started(port, file);
  const end = async (): Promise<void> => {
    running.kill('SIGKILL');
    await once(running, 'exit');
  };
  return {
    version,
    url: wayThrough(server, name, port),
    database: name,
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

const wayThrough = (server: URL, name: string, port: number): string => {
  const url = new URL(server);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  url.pathname = `/${name}`;
  return url.href;
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
