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

  /** Undefined when each of them is one that the disk failed with the last time. */
  oldestInReach(): Segment | undefined {
    return this.#segments.find(({ isStuck }) => !isStuck);
  }

  /** Rejects while the disk cannot read it. */
  read(segment: Segment): Promise<SegmentContent> {
    return this.#elseBehindAll(segment, () => readSegment(segment));
  }

  /**
   * To be called when all that can be stored of it is in the database. `keepAs`: the file stays, with this at the end
   * of its name. Rejects while the disk does not let it go: its bytes are still there, and count.
   */
  async remove(segment: Segment, keepAs?: string): Promise<void> {
    await this.#elseBehindAll(segment, () => removeSegment(segment, keepAs));
    this.#segments = this.#without(segment);
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

  /** A segment that the disk fails with goes behind all others. */
  async #elseBehindAll<A>(segment: Segment, ask: () => Promise<A>): Promise<A> {
    try {
      const answer = await ask();
      segment.isStuck = false;
      return answer;
    } catch (error) {
      segment.isStuck = true;
      this.#segments = [...this.#without(segment), segment];
      throw error;
    }
  }

  #without(segment: Segment): Segment[] {
    return this.#segments.filter((other) => other !== segment);
  }
}
