import { readFile, rename, rm, stat } from 'node:fs/promises';
import { errorCode } from '../system/error-code.ts';
import { spoolContent, type SpooledCall } from './spool-frame.ts';

/** A file of frames. `records` and `bytes` count what was confirmed. */
export type Segment = {
  readonly path: string;
  /** Left by another process: then everything in it counts, not only what was confirmed here. */
  readonly isFound: boolean;
  bytes: number;
  records: number;
  /** Records that are already in the database. */
  shipped: number;
  /** Why the database refused some of its records; undefined if it refused none. */
  refusal: string | undefined;
  /** The disk could not read or remove it at the last attempt. */
  isStuck: boolean;
};

export type SegmentContent = {
  readonly calls: readonly SpooledCall[];
  /** False when the disk has lost something that it had confirmed. */
  readonly whole: boolean;
};

export const newSegment = (path: string): Segment => ({
  path,
  isFound: false,
  bytes: 0,
  records: 0,
  shipped: 0,
  refusal: undefined,
  isStuck: false,
});

/** A segment that another process has left. If it cannot be read, or is already gone, only its name is known. */
export const foundSegment = async (path: string): Promise<Segment> => {
  const found = { ...newSegment(path), isFound: true };
  try {
    const content = await readFile(path);
    return { ...found, bytes: content.length, records: spoolContent(content).calls.length };
  } catch {
    const bytes = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    return { ...found, bytes, records: 1, isStuck: true };
  }
};

/** Empty, and not whole, when somebody has removed the file. Rejects while the disk cannot read it. */
export const readSegment = async (segment: Segment): Promise<SegmentContent> => {
  try {
    const content = await readFile(segment.path);
    if (segment.isFound) segment.bytes = content.length;
    const { calls, damagedBytes } = spoolContent(content.subarray(0, segment.bytes));
    const whole = damagedBytes === 0 && calls.length >= segment.records;
    // The number of records was unknown if the segment could not be read when it was found.
    if (segment.isFound) segment.records = Math.max(segment.records, calls.length);
    return { calls, whole };
  } catch (error) {
    if (isMissing(error)) return { calls: [], whole: false };
    throw error;
  }
};

/** `keepAs`: keeps the file under its name with this suffix. */
export const removeSegment = async ({ path }: Segment, keepAs?: string): Promise<void> => {
  if (keepAs === undefined) return rm(path, { force: true });
  await rename(path, path + keepAs).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
};

const isMissing = (error: unknown): boolean => errorCode(error) === 'ENOENT';
