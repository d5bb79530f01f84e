import { createServer, type AddressInfo } from 'node:net';
import { dirname, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeFolder } from '../system/make-folder.ts';
import { lockDataFolder, type DataFolderLock } from './data-folder-lock.ts';
import { embeddedBinaries } from './postgres-binaries.ts';
import { ensureCluster, SUPERUSER, type PostgresCluster } from './postgres-cluster.ts';
import { postgresLaunch } from './postgres-launch.ts';
import { startPostgresProcess, type PostgresProcess, type StartOptions } from './postgres-process.ts';

export type EmbeddedPostgres = {
  /** Contains the superuser's password: never log it. */
  readonly url: string;
  readonly pid: number;
  /** True if this start created the server's files. */
  readonly isNew: boolean;
  /** Resolves when the server has exited, on request or not. */
  readonly exited: Promise<void>;
  /** Ends open sessions, writes everything to disk and waits. May be called more than once. */
  readonly stop: () => Promise<void>;
};

export type EmbeddedPostgresOptions = {
  /** Folder of the server's files. `<dataDir>.password` and `<dataDir>.lock` are beside it. */
  readonly dataDir: string;
  readonly logger?: (line: string) => void;
  /** Called when a process of PostgreSQL has been started: until it is done, this process may do other work. */
  readonly onUnderWay?: () => void;
  /** A fixed port of 127.0.0.1; any free one by default. */
  readonly port?: number;
  /** Folder of `initdb` and `postgres`; those of the npm packages by default. */
  readonly binaries?: string;
};

const PORT_ATTEMPTS = 10;
/** As long as a server that lost its parent may take to release the folder. */
const FOLDER_PATIENCE_MS = 10_000;
const RETRY_MS = 50;

/** Free at the moment; another process may take it before PostgreSQL does, hence the attempts. */
const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const probe = createServer().once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });

type Started = { readonly server: PostgresProcess; readonly port: number };

const startServer = async (
  options: Omit<StartOptions, 'port'>,
  fixed: number | undefined,
): Promise<Started> => {
  const deadline = performance.now() + FOLDER_PATIENCE_MS;
  for (let ports = 1; ;) {
    const port = fixed ?? (await freePort());
    const outcome = await startPostgresProcess({ ...options, port });
    if (!('kind' in outcome)) return { server: outcome, port };
    const again =
      outcome.kind === 'folder-locked'
        ? performance.now() < deadline
        : outcome.kind === 'port-taken' && fixed === undefined && ports++ < PORT_ATTEMPTS;
    if (!again) throw new Error(`the embedded PostgreSQL did not start:\n${outcome.said}`);
    if (outcome.kind === 'folder-locked') await pause(RETRY_MS);
  }
};

const opened = (
  { server, port }: Started,
  { password, isNew }: PostgresCluster,
  lock: DataFolderLock,
): EmbeddedPostgres => {
  const exited = server.exited.then(lock.release);
  let stopping: Promise<void> | undefined;
  return {
    url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`,
    pid: server.pid,
    isNew,
    exited,
    stop: () => (stopping ??= server.stop().then(() => exited)),
  };
};

/**
 * Starts a PostgreSQL of our own on `dataDir`, which is created on first use. It does not outlive this process, however
 * that ends (on Linux; elsewhere it survives kill -9). Must be called from the main thread, since the kernel watches
 * the thread that called. Throws with reason and advice when another process uses the folder, when the binaries are
 * missing or do not run here, or when the server gives up.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const folder = resolve(options.dataDir);
  await makeFolder(dirname(folder), 0o700);
  const lock = await lockDataFolder(folder);
  try {
    const binaries = options.binaries
      ? { folder: options.binaries }
      : await embeddedBinaries(`${folder}.libraries`);
    const launch = await postgresLaunch(binaries, dirname(folder));
    const { logger = () => undefined, onUnderWay = () => undefined } = options;
    const cluster = await ensureCluster({ launch, folder, lock, onUnderWay });
    const started = await startServer({ launch, cluster, lock, logger, onUnderWay }, options.port);
    return opened(started, cluster, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
};
