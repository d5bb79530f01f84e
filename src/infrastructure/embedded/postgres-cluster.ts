import { randomBytes } from 'node:crypto';
import {
  chown,
  lchown,
  mkdir,
  readFile,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '../system/error-code.ts';
import type { DataFolderLock } from './data-folder-lock.ts';
import { initdbComplaint } from './initdb-complaint.ts';
import type { PostgresLaunch } from './postgres-launch.ts';
import { createPrivateFile, readPrivateFile, syncFolder } from './private-file.ts';
import { runCommand } from './run-command.ts';

/** The files of one server. */
export type PostgresCluster = {
  readonly folder: string;
  readonly password: string;
  readonly majorVersion: number;
  /** True if they were just created. */
  readonly isNew: boolean;
};

export type ClusterPlace = {
  readonly launch: PostgresLaunch;
  readonly folder: string;
  readonly lock: DataFolderLock;
  /** Called when new files are being created, by a process of its own. */
  readonly onUnderWay: () => void;
};

export const SUPERUSER = 'integration';

/** Only absence counts as none: files of another user, or on a failing disk, are a database all the same. */
const ifThere = async <A>(asked: Promise<A>): Promise<A | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

const versionOf = async (folder: string): Promise<number | undefined> => {
  const text = await ifThere(readFile(join(folder, 'PG_VERSION'), 'utf8'));
  return text === undefined ? undefined : Number.parseInt(text, 10);
};

const passwordFor = async (path: string, mayCreate: boolean): Promise<string> => {
  if (mayCreate) await createPrivateFile(path, `${randomBytes(24).toString('hex')}\n`);
  const password = (await readPrivateFile(path))?.trim();
  if (!password) {
    throw new Error(`${path}, the password of the database beside it, is missing or empty: restore it.`);
  }
  return password;
};

const initdb = async ({ launch, folder, lock, onUnderWay }: ClusterPlace, passwordFile: string) => {
  const args = ['-D', folder, '-U', SUPERUSER, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const shape = ['--locale=C', '--encoding=UTF8', '--no-instructions'];
  const command = launch.command('initdb', [...args, ...shape]);
  const running = runCommand(command, {
    env: launch.env,
    inherit: lock.descriptor,
    detached: true,
  });
  onUnderWay();
  const { code, output } = await running;
  if (code !== 0) throw new Error(`the database folder could not be created: ${initdbComplaint(output)}`);
};

const refuseForeignContent = async (folder: string): Promise<void> => {
  const content = await ifThere(readdir(folder));
  if (content !== undefined && content.length > 0) {
    throw new Error(`${folder} holds something that is not a database: empty it or set another DATA_DIR.`);
  }
};

/**
 * Created beside its place and renamed when complete and on disk, so that a start killed half-way leaves nothing in the
 * way.
 */
const create = async (place: ClusterPlace, passwordFile: string) => {
  const { launch, folder } = place;
  await refuseForeignContent(folder);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  if (launch.owner !== undefined) await chown(unfinished, launch.owner, launch.owner);
  await initdb({ ...place, folder: unfinished }, passwordFile);
  await rename(unfinished, folder);
  await syncFolder(dirname(folder));
};

/** The way of launching may have changed since the last start, and with it the owner of all files. */
const handOver = async (folder: string, owner: number | undefined): Promise<void> => {
  if (owner === undefined || (await stat(folder)).uid === owner) return;
  for (const name of await readdir(folder, { recursive: true }))
    await lchown(join(folder, name), owner, owner);
  // Last, so that an interrupted change is resumed.
  await chown(folder, owner, owner);
};

/**
 * Removes a `postmaster.pid` left by a crash whose process id now belongs to another program (common in a restarted
 * container, where ids repeat): PostgreSQL would take that program for its own server. Only under our lock, and only if
 * that process does not work in this folder, as every PostgreSQL does.
 */
const forgetDeadPostmaster = async (folder: string): Promise<void> => {
  const pidFile = join(folder, 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  if (!(pid > 0)) return;
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (place !== undefined && place !== (await realpath(folder))) await rm(pidFile, { force: true });
};

/** Returns the server's files, which are created if there are none (0.5 to 1 s). */
export const ensureCluster = async (place: ClusterPlace): Promise<PostgresCluster> => {
  const { launch, folder, lock } = place;
  const passwordFile = `${folder}.password`;
  const existing = await versionOf(folder);
  const password = await passwordFor(passwordFile, existing === undefined);
  if (existing === undefined) await create(place, passwordFile);
  else await handOver(folder, launch.owner);
  if (lock.held) await forgetDeadPostmaster(folder);
  const isNew = existing === undefined;
  return { folder, password, isNew, majorVersion: existing ?? (await versionOf(folder)) ?? 0 };
};
