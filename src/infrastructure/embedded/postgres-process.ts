import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { DataFolderLock } from './data-folder-lock.ts';
import type { PostgresCluster } from './postgres-cluster.ts';
import type { PostgresLaunch } from './postgres-launch.ts';
import { postgresSettings } from './postgres-settings.ts';
import { serverComplaint } from './server-complaint.ts';

export type PostgresProcess = {
  readonly pid: number;
  /** Resolves when the server has exited, on request or not. */
  readonly exited: Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Why a server did not start. The first two kinds are worth another attempt. */
export type StartFailure = {
  readonly kind: 'port-taken' | 'folder-locked' | 'failed';
  readonly said: string;
};

export type StartOptions = {
  readonly launch: PostgresLaunch;
  readonly cluster: PostgresCluster;
  readonly lock: DataFolderLock;
  readonly port: number;
  readonly logger: (line: string) => void;
  /** Called when the server's process exists; it has yet to read its files. */
  readonly onUnderWay: () => void;
};

const READY = 'database system is ready to accept connections';
/**
 * A fast shutdown writes a checkpoint; on a slower disk it becomes an immediate one, repaired by recovery at the next
 * start.
 */
const STOP_PATIENCE_MS = 15_000;
/** About twenty lines report a recovery, or an end. */
const KEPT_LINES = 50;

const failureFrom = (lines: readonly string[]): StartFailure => {
  const text = lines.join('\n');
  const said = serverComplaint(lines);
  if (text.includes('could not create any TCP/IP sockets')) return { kind: 'port-taken', said };
  if (text.includes('lock file "postmaster.pid" already exists')) return { kind: 'folder-locked', said };
  return { kind: 'failed', said };
};

const stopWith = (child: ChildProcess, exited: Promise<void>) => async (): Promise<void> => {
  child.ref();
  // SIGINT ends sessions and shuts down; SIGTERM would wait until all clients have left by themselves.
  child.kill('SIGINT');
  const impatience = setTimeout(() => child.kill('SIGQUIT'), STOP_PATIENCE_MS);
  await exited;
  clearTimeout(impatience);
};

/** A process with nothing else to do may end: the server ends with it, through the death signal or the exit hook. */
const letGo = (child: ChildProcess): void => {
  child.unref();
  (child.stderr as Socket).unref();
};

const spawnServer = ({ launch, cluster, lock, port }: StartOptions): ChildProcess => {
  const args = ['-D', cluster.folder, '-p', String(port), ...postgresSettings(cluster.majorVersion)];
  const [program, ...rest] = launch.command('postgres', args);
  // Detached, so that Ctrl-C reaches only us, and requests are answered before the database goes.
  return spawn(program, rest, {
    env: launch.env,
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'pipe', lock.descriptor],
  });
};

/** Starts the server; resolves when it accepts connections (25 ms, longer after a crash) or has given up. */
export const startPostgresProcess = (options: StartOptions): Promise<PostgresProcess | StartFailure> =>
  new Promise((resolve) => {
    const child = spawnServer(options);
    options.onUnderWay();
    const said: string[] = [];
    const onExit = (): boolean => child.kill('SIGINT');
    process.once('exit', onExit);
    const exited = new Promise<void>((gone) => {
      const end = (reason: string): void => {
        process.off('exit', onExit);
        gone();
        resolve(failureFrom([...said, reason]));
      };
      child.once('error', (error) => end(error.message));
      child.once('close', (code, signal) => end(`PostgreSQL ended (${signal ?? `code ${code}`})`));
    });
    createInterface({ input: child.stderr! }).on('line', (line) => {
      options.logger(line);
      if (said.push(line) > KEPT_LINES) said.shift();
      if (!line.includes(READY)) return;
      letGo(child);
      resolve({ pid: child.pid!, exited, stop: stopWith(child, exited) });
    });
  });
