import { join } from 'node:path';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/infrastructure/embedded/embedded-postgres.ts';
import { freePorts } from './free-ports.ts';
import { childrenOf } from './running-processes.ts';
import { testFolder } from './test-folder.ts';

/** A PostgreSQL owned by one test, which can subject it to server failures. */
export type PrivatePostgres = {
  readonly url: string;
  /** An orderly stop that ends open sessions (fast shutdown). */
  readonly stop: () => Promise<void>;
  /** kill -9 of the server and all its processes. */
  readonly kill: () => Promise<void>;
  /** The kernel still accepts connections, but nobody answers (SIGSTOP). */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** After `stop` or `kill`: starts it again with the same files and port. */
  readonly start: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

export const privatePostgres = async (): Promise<PrivatePostgres> => {
  const folder = await testFolder();
  const dataDir = join(folder.path, 'postgres');
  const [port = 0] = await freePorts(1);
  let server: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, port });
  const { url } = server;
  const signal = (name: NodeJS.Signals): void => {
    // Each backend is a child of the postmaster.
    for (const pid of [server.pid, ...childrenOf(server.pid)]) {
      try {
        process.kill(pid, name);
      } catch {
        // The process ended after it was listed and before the signal.
      }
    }
  };
  return {
    url,
    stop: () => server.stop(),
    kill: async () => {
      signal('SIGKILL');
      await server.exited;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    start: async () => void (server = await startEmbeddedPostgres({ dataDir, port })),
    remove: async () => {
      signal('SIGCONT');
      await server.stop();
      folder.remove();
    },
  };
};
