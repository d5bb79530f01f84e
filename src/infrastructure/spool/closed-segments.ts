import { basename, join } from 'node:path';
import {
  foundSegment,
  readSegment,
  removeSegment,
  type Segment,
  type SegmentContent,
} from './spool-segment.ts';
import type { SpoolSlots } from './spool-slots.ts';

/** What a spool has to ship: nothing is written to these segments any more. Oldest first. */
export class ClosedSegments {
  #segments: Segment[] = [];

  get all(): readonly Segment[] {
    return this.#segments;
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** Undefined when there is none that the disk could read when it was last asked. */
  oldestReadable(): Segment | undefined {
    return this.#segments.find(({ isUnreadable }) => !isUnreadable);
  }

  /** Rejects while the disk cannot read it: then it stands behind all others. */
  async read(segment: Segment): Promise<SegmentContent> {
    try {
      return await readSegment(segment);
    } catch (error) {
      this.#segments = [...this.#without(segment), segment];
      throw error;
    }
  }

  /** All of it that can be is in the database. `keepAs`: the file stays beside, under its name with this at the end. */
  async remove(segment: Segment, keepAs?: string): Promise<void> {
    this.#segments = this.#without(segment);
    await removeSegment(segment, keepAs);
  }

  /**
   * Takes over what processes that are no more have left. Gives the number of records; rejects when a folder of theirs
   * cannot be taken over, with all others taken over.
   */
  async adopt(slots: Pick<SpoolSlots, 'orphans'>): Promise<number> {
    let records = 0;
    try {
      await slots.orphans(async ({ folder, segments }) => {
        for (const name of segments) {
          const segment = await foundSegment(join(folder, name));
          this.#segments.push(segment);
          records += segment.records;
        }
      });
    } finally {
      this.#segments.sort((a, b) => (basename(a.path) < basename(b.path) ? -1 : 1));
    }
    return records;
  }

  #without(segment: Segment): Segment[] {
    return this.#segments.filter((other) => other !== segment);
  }
}
