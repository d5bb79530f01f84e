import { randomBytes } from 'node:crypto';
import { link, open, rm, stat, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { atPath } from '../system/at-path.ts';
import { errorCode } from '../system/error-code.ts';
import { makeFolder } from '../system/make-folder.ts';

/** Makes a change of names in `folder` (created, renamed or removed) survive a power loss. Windows has no such call. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

const writeSynced = async (path: string, content: string): Promise<void> => {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    throw atPath(error, path);
  } finally {
    await handle.close();
  }
};

/**
 * Creates `path` with mode 0600 in a folder of mode 0700, atomically: complete on disk or absent, whenever it is
 * killed. Never replaces a file: of two processes that create it at once the first wins, and both go on to read the
 * same content (hence a hard link instead of a rename, by which the second would overwrite a secret already in use).
 */
export const createPrivateFile = async (path: string, content: string): Promise<void> => {
  await makeFolder(dirname(path), 0o700);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeSynced(temporary, content);
    await link(temporary, path).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
};

/**
 * Reads a file that only its owner may read; undefined if there is none. Throws when its mode lets others read it. The
 * mode is not corrected silently: somebody may have read the file already, and only the operator can decide whether its
 * secrets must be replaced.
 */
export const readPrivateFile = async (path: string): Promise<string | undefined> => {
  try {
    const { mode } = await stat(path);
    // Windows reports no meaningful permission bits.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(3, '0');
      throw new Error(
        `${path} may be read by other users of this machine (mode ${octal}). ` +
          `If nobody else had access, run: chmod 600 '${path}'. Otherwise replace the secrets in it.`,
      );
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};
