import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../embedded/private-file.ts';
import { errorCode } from '../system/error-code.ts';

/** A segment that is being written. Each method may reject when the disk is full or broken. */
export type SpoolFile = {
  /** Resolves when the bytes are on disk (fdatasync). */
  readonly append: (bytes: Buffer) => Promise<void>;
  /** Whether somebody has unlinked the file: writing to it still succeeds, but the data are lost when it is closed. */
  readonly isGone: () => Promise<boolean>;
  /** The first bytes of the file, readable even when it is unlinked. */
  readonly beginning: (length: number) => Promise<Buffer>;
  /** Truncates the file to the part that was confirmed. */
  readonly cutTo: (length: number) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type OpenSpoolFile = (path: string) => Promise<SpoolFile>;

/** Creates a new file with mode 0600 and syncs its directory entry. */
export const openSpoolFile: OpenSpoolFile = async (path) => {
  const handle = await open(path, 'wx+', 0o600);
  try {
    await syncFolder(dirname(path));
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    append: async (bytes) => {
      await writtenWhole(handle, bytes);
      await handle.datasync();
    },
    isGone: () =>
      stat(path).then(
        () => false,
        (error: unknown) => errorCode(error) === 'ENOENT',
      ),
    beginning: (length) => readWhole(handle, length),
    cutTo: async (length) => {
      await handle.truncate(length);
      await handle.datasync();
    },
    close: () => handle.close(),
  };
};

const writtenWhole = async (handle: FileHandle, bytes: Buffer): Promise<void> => {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at)).bytesWritten;
};

const readWhole = async (handle: FileHandle, length: number): Promise<Buffer> => {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await handle.read(bytes, at, length - at, at);
    if (bytesRead === 0) throw new Error('the disk has lost a part of what it had confirmed');
    at += bytesRead;
  }
  return bytes;
};
