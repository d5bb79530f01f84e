import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { runCommand } from './run-command.ts';

/** A way in which this process can start PostgreSQL here. */
export type PostgresLaunch = {
  /** The full command line for a program of PostgreSQL. */
  readonly command: (program: 'initdb' | 'postgres', args: readonly string[]) => [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
  /** Required owner of the data folder; undefined when that is our own user. */
  readonly owner: number | undefined;
};

type Way = { readonly prefix: readonly string[]; readonly owner: number | undefined };

const NOBODY = 65_534;
// The kernel interrupts PostgreSQL (fast shutdown) when this process dies, even by kill -9.
const dieWithParent = ['--pdeathsig', 'INT'];

const inNamespace = ['unshare', '-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`];
const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
const pastClosedFolders = [
  '--securebits=+no_setuid_fixup',
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
];

/**
 * PostgreSQL refuses to run as root. First choice: a user namespace in which root is called "nobody", and files still
 * belong to root. Containers often forbid namespaces; there, the process really becomes "nobody", but keeps one
 * capability to pass through folders closed to others (a project below /root, DATA_DIR with mode 0700): it may open
 * what root could, as in the first way. `no_setuid_fixup` is needed because initdb uses access(2), which otherwise
 * ignores the capability.
 */
const asRoot: readonly Way[] = [
  // setpriv comes after unshare, which would clear the death signal.
  { prefix: [...inNamespace, 'setpriv', ...dieWithParent], owner: 0 },
  { prefix: [...asNobody, ...pastClosedFolders, ...dieWithParent], owner: NOBODY },
];

/** The second way is for systems without util-linux: there, only an orderly exit stops PostgreSQL as well. */
const asOrdinaryUser: readonly Way[] = [
  { prefix: ['setpriv', ...dieWithParent], owner: undefined },
  { prefix: [], owner: undefined },
];

/**
 * A user id without a name, as with `docker run --user 1000` or any id that OpenShift assigns: initdb requires a name.
 */
const isNameless = (): boolean => {
  try {
    return userInfo().username === '';
  } catch {
    return true;
  }
};

/** In a namespace of its own such a user is "nobody", and so is the owner of its files. */
const asNameless: readonly Way[] = [
  { prefix: [...inNamespace, 'setpriv', ...dieWithParent], owner: undefined },
  ...asOrdinaryUser,
];

const waysHere = (): readonly Way[] => {
  if (process.getuid?.() === 0) return asRoot;
  return isNameless() ? asNameless : asOrdinaryUser;
};

/** A minimal environment: PostgreSQL needs none of our secrets, and PG* variables of ours would mislead it. */
const environment = ({ libraryPath }: PostgresBinaries): NodeJS.ProcessEnv => {
  const passed = ['PATH', 'TMPDIR', 'SystemRoot', 'TEMP'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // LC_ALL=C keeps messages in English, since this program reads some of them.
  return {
    ...Object.fromEntries(passed),
    LC_ALL: 'C',
    ...(libraryPath ? { LD_LIBRARY_PATH: libraryPath } : {}),
  };
};

/**
 * Finds out, by trying, how PostgreSQL can be started so that it can use `folder` (about 10 ms). Throws with the answer
 * of each way when none works.
 */
export const postgresLaunch = async (binaries: PostgresBinaries, folder: string): Promise<PostgresLaunch> => {
  const env = environment(binaries);
  const launch = ({ prefix, owner }: Way): PostgresLaunch => ({
    command: (program, args) => [...prefix, join(binaries.folder, program), ...args] as [string, ...string[]],
    env,
    owner,
  });
  if (process.platform !== 'linux') return launch({ prefix: [], owner: undefined });
  const answers: string[] = [];
  for (const way of waysHere()) {
    const script = ['sh', '-c', 'cd "$0" && exec "$1" -V', folder, join(binaries.folder, 'postgres')];
    const { code, output } = await runCommand([...way.prefix, ...script] as [string, ...string[]], { env });
    if (code === 0) return launch(way);
    answers.push(`${way.prefix[0] ?? 'directly'}: ${output}`);
  }
  throw new Error(
    `the embedded PostgreSQL cannot be started here (${answers.join('; ')}). ` +
      'It needs glibc and util-linux; or give a server by DATABASE_URL.',
  );
};
