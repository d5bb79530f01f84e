import { openSpoolFile, type OpenSpoolFile } from '../../src/infrastructure/spool/spool-file.ts';
import { SpoolSlots } from '../../src/infrastructure/spool/spool-slots.ts';
import { Spool } from '../../src/infrastructure/spool/spool.ts';

export type DiskFault = 'ENOSPC' | 'EIO';

/** A disk that fails on demand: it runs out of space in the middle of a write, or reports an error on fsync. */
export const faultyDisk = () => {
  let fault: DiskFault | undefined;
  const failed = (code: DiskFault): Error => Object.assign(new Error(`${code}: the disk failed`), { code });
  const openFile: OpenSpoolFile = async (path) => {
    const file = await openSpoolFile(path);
    return {
      ...file,
      append: async (bytes) => {
        if (fault === 'ENOSPC') {
          await file.append(bytes.subarray(0, Math.floor(bytes.length / 2)));
          throw failed(fault);
        }
        await file.append(bytes);
        if (fault === 'EIO') throw failed(fault);
      },
    };
  };
  return { openFile, fail: (kind: DiskFault | undefined) => void (fault = kind) };
};

/** A disk whose first write blocks until `go` is called. */
export const slowDisk = () => {
  const begun = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const openFile: OpenSpoolFile = async (path) => {
    const file = await openSpoolFile(path);
    return {
      ...file,
      append: async (bytes) => {
        begun.resolve();
        await gone.promise;
        await file.append(bytes);
      },
    };
  };
  return { openFile, begun: begun.promise, go: () => gone.resolve() };
};

type Options = {
  readonly openFile?: OpenSpoolFile;
  readonly maxBytes?: number;
  readonly clock?: { readonly now: () => number };
  readonly onFull?: () => void;
  readonly onDiskWorks?: () => void;
};

/** A spool as another process would open it on the same folder. */
export const aSpool = (
  folder: string,
  { openFile = openSpoolFile, maxBytes = 2 ** 28, clock = Date, onFull, onDiskWorks }: Options = {},
): Spool =>
  new Spool({
    slots: new SpoolSlots(folder),
    openFile,
    maxBytes,
    clock,
    onDiskFailed: () => undefined,
    ...(onFull === undefined ? {} : { onFull }),
    ...(onDiskWorks === undefined ? {} : { onDiskWorks }),
  });
