import { readFile, rename, rm, stat } from 'node:fs/promises';
import { errorCode } from '../system/error-code.ts';
import { spoolContent, type SpooledCall } from './spool-frame.ts';

/** A file of frames. Its records are those that were confirmed. */
export type Segment = {
  readonly path: string;
  /** Left by another process: all that is in it counts, and not only what was confirmed here. */
  readonly isFound: boolean;
  bytes: number;
  records: number;
  /** Records that are in the database by now. */
  shipped: number;
  /** Why the database refused some of these records; undefined: it refused none. */
  refusal: string | undefined;
  /** The disk did not give it back, or did not let it go, when it was last asked to. */
  isStuck: boolean;
};

export type SegmentContent = {
  readonly calls: readonly SpooledCall[];
  /** False when the disk has lost some of what it had confirmed. */
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

/** A segment that another process has left. If it cannot be read, or is gone again, only its name is known. */
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

/** Nothing, and not whole, when somebody has taken the file away. Rejects while the disk cannot read it. */
export const readSegment = async (segment: Segment): Promise<SegmentContent> => {
  try {
    const content = await readFile(segment.path);
    if (segment.isFound) segment.bytes = content.length;
    const { calls, damagedBytes } = spoolContent(content.subarray(0, segment.bytes));
    const whole = damagedBytes === 0 && calls.length >= segment.records;
    // Of one that could not be read when it was found nobody knew how many there are.
    if (segment.isFound) segment.records = Math.max(segment.records, calls.length);
    return { calls, whole };
  } catch (error) {
    if (isMissing(error)) return { calls: [], whole: false };
    throw error;
  }
};

/** `keepAs`: it stays beside, under its name with this at the end. */
export const removeSegment = async ({ path }: Segment, keepAs?: string): Promise<void> => {
  if (keepAs === undefined) return rm(path, { force: true });
  await rename(path, path + keepAs).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
};

const isMissing = (error: unknown): boolean => errorCode(error) === 'ENOENT';
