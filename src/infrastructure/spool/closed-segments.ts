import { basename, join } from 'node:path';
import {
  foundSegment,
  readSegment,
  removeSegment,
  type Segment,
  type SegmentContent,
} from './spool-segment.ts';
import type { SpoolSlots } from './spool-slots.ts';

/** The segments of a spool that are ready to be shipped, oldest first. Nothing is written to them any more. */
export class ClosedSegments {
  #segments: Segment[] = [];

  get all(): readonly Segment[] {
    return this.#segments;
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
  }

  /** Undefined when the disk failed at the last access to each of them. */
  oldestInReach(): Segment | undefined {
    return this.#segments.find(({ isStuck }) => !isStuck);
  }

  /** Rejects while the disk cannot read it. */
  read(segment: Segment): Promise<SegmentContent> {
    return this.#elseBehindAll(segment, () => readSegment(segment));
  }

  /**
   * To be called when everything in it that can be stored is in the database. `keepAs`: keeps the file under its name
   * with this suffix. Rejects while the disk cannot remove it: then its bytes still count.
   */
  async remove(segment: Segment, keepAs?: string): Promise<void> {
    await this.#elseBehindAll(segment, () => removeSegment(segment, keepAs));
    this.#segments = this.#without(segment);
  }

  /**
   * Takes over the segments of processes that have ended. Resolves to the number of records; rejects when one of their
   * folders cannot be taken over, but only after taking over all others.
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

  /** Moves a segment to the end of the queue if the disk fails with it. */
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
