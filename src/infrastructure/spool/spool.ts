import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../../domain/shared/clock.ts';
import { TrailUnavailable, type WrittenCall } from '../postgres/call-group.ts';
import { eventLoopTurn } from '../system/event-loop-turn.ts';
import type { OpenSpoolFile, SpoolFile } from './spool-file.ts';
import { spoolFrame } from './spool-frame.ts';
import {
  foundSegment,
  newSegment,
  readSegment,
  removeSegment,
  type Segment,
  type SegmentContent,
} from './spool-segment.ts';
import type { SpoolSlots } from './spool-slots.ts';

export type SpoolDeps = {
  readonly slots: SpoolSlots;
  readonly openFile: OpenSpoolFile;
  readonly maxBytes: number;
  readonly clock: Pick<Clock, 'now'>;
  /** A write failed; its calls were refused. */
  readonly onDiskFailed: (error: unknown) => void;
  readonly onDiskWorks?: () => void;
};

type Waiting = { readonly frame: Buffer; readonly call: WrittenCall };
type Active = { readonly file: SpoolFile; readonly segment: Segment };

const SEGMENT_BYTES = 4_194_304;
/** Beyond this, those who wait longest wait for too much. */
const WRITE_BYTES = 1_048_576;
/** A record with both bodies at their cap, and its events. Less room than this counts as none. */
export const ROOM_BYTES = 65_536;

/**
 * Calls that wait on this disk for the database: group commit into files, oldest first out of them. A call is
 * resolved when the disk has it, and rejected, never half kept, when the spool is full or the disk fails.
 */
export class Spool {
  readonly #deps: SpoolDeps;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #active: Active | undefined;
  #closed: Segment[] = [];
  #sequence = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  #refused = 0;

  constructor(deps: SpoolDeps) {
    this.#deps = deps;
  }

  /** Records on disk. */
  get records(): number {
    return this.#segments().reduce((sum, { records, shipped }) => sum + records - shipped, 0);
  }

  /** Nothing on disk, and nothing on its way there. */
  get isEmpty(): boolean {
    return this.#segments().length === 0 && this.#writing === undefined;
  }

  get bytes(): number {
    return this.#segments().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Calls refused because the spool was full or the disk failed, since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** Why the next call would probably be refused. */
  get problem(): 'full' | 'disk-failed' | undefined {
    if (this.#failure !== undefined) return 'disk-failed';
    return this.bytes + ROOM_BYTES > this.#deps.maxBytes ? 'full' : undefined;
  }

  add(call: WrittenCall): void {
    const frame = spoolFrame(call);
    if (this.bytes + this.#waitingBytes + frame.length > this.#deps.maxBytes)
      return this.#refuse(
        [{ frame, call }],
        new TrailUnavailable('the call trail is unavailable: its spool is full'),
      );
    this.#waiting.push({ frame, call });
    this.#waitingBytes += frame.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when every call added so far is on disk or refused. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /**
   * The oldest segment that has something to be shipped; nothing is written to it any more. One that the disk could
   * not read comes when there is no other: it may be for a moment, and it is in nobody's way.
   */
  oldest(): Promise<Segment | undefined> {
    return this.#inTurn(async () => {
      if (this.#closed.every(({ isUnreadable }) => isUnreadable)) await this.#closeActive();
      return this.#closed.find(({ isUnreadable }) => !isUnreadable) ?? this.#closed[0];
    });
  }

  /** Rejects while the disk cannot read it. */
  async read(segment: Segment): Promise<SegmentContent> {
    try {
      return await readSegment(segment);
    } catch (error) {
      this.#closed = [...this.#closed.filter((other) => other !== segment), segment];
      throw error;
    }
  }

  /** All of it that can be is in the database. `keepAs`: the file stays beside, under its name with this at the end. */
  async remove(segment: Segment, keepAs?: string): Promise<void> {
    this.#closed = this.#closed.filter((other) => other !== segment);
    await removeSegment(segment, keepAs);
  }

  /**
   * Takes over what processes that are no more have left. Gives the number of records; rejects when a folder of theirs
   * cannot be taken over, with all others taken over.
   */
  async adopt(): Promise<number> {
    let records = 0;
    try {
      await this.#deps.slots.orphans(async ({ folder, segments }) => {
        for (const name of segments) {
          const segment = await foundSegment(join(folder, name));
          this.#closed.push(segment);
          records += segment.records;
        }
      });
    } finally {
      this.#closed.sort((a, b) => (basename(a.path) < basename(b.path) ? -1 : 1));
    }
    return records;
  }

  /** What is on disk stays there for whoever comes next. */
  async close(): Promise<void> {
    await this.settled();
    await this.#inTurn(() => this.#closeActive());
    this.#deps.slots.release();
  }

  #segments(): readonly Segment[] {
    return this.#active === undefined ? this.#closed : [...this.#closed, this.#active.segment];
  }

  async #writeAll(): Promise<void> {
    // What comes in this turn of the event loop goes together.
    await eventLoopTurn();
    while (this.#waiting.length > 0) await this.#inTurn(() => this.#writeGroup(this.#takeGroup()));
    this.#writing = undefined;
  }

  #takeGroup(): readonly Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { frame } of this.#waiting) {
      if (count > 0 && bytes + frame.length > WRITE_BYTES) break;
      bytes += frame.length;
      count += 1;
    }
    this.#waitingBytes -= bytes;
    return this.#waiting.splice(0, count);
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    const bytes = Buffer.concat(group.map(({ frame }) => frame));
    try {
      const { file, segment } = (this.#active ??= await this.#opened());
      await file.append(bytes);
      segment.bytes += bytes.length;
      segment.records += group.length;
      this.#failure = undefined;
      this.#deps.onDiskWorks?.();
      if (segment.bytes >= SEGMENT_BYTES) await this.#closeActive();
    } catch (error) {
      await this.#abandonActive();
      this.#failure = error instanceof Error ? error : new Error('the disk failed');
      this.#deps.onDiskFailed(error);
      return this.#refuse(
        group,
        new TrailUnavailable('the call trail is unavailable: its spool cannot be written', { cause: error }),
      );
    }
    for (const { call } of group) call.resolve();
  }

  async #opened(): Promise<Active> {
    const folder = await this.#deps.slots.own();
    const name = `${String(this.#deps.clock.now()).padStart(15, '0')}-${String((this.#sequence += 1)).padStart(6, '0')}`;
    const path = join(folder, `${name}.spool`);
    return { file: await this.#deps.openFile(path), segment: newSegment(path) };
  }

  async #closeActive(): Promise<void> {
    const active = this.#active;
    if (active === undefined) return;
    this.#active = undefined;
    this.#closed.push(active.segment);
    // Everything in it was confirmed before.
    await active.file.close().catch(() => undefined);
  }

  /** After a failed write nobody knows what of it is on disk: confirmed records stay, no more is written there. */
  async #abandonActive(): Promise<void> {
    const active = this.#active;
    if (active === undefined) return;
    this.#active = undefined;
    const { file, segment } = active;
    await file.cutTo(segment.bytes).catch(() => undefined);
    await file.close().catch(() => undefined);
    if (segment.records > 0) this.#closed.push(segment);
    else await rm(segment.path, { force: true }).catch(() => undefined);
  }

  #refuse(group: readonly Waiting[], error: Error): void {
    this.#refused += group.length;
    for (const { call } of group) call.reject(error);
  }

  /** Writing and closing take turns: what is read for shipping must not be written to. */
  #inTurn<A>(work: () => Promise<A>): Promise<A> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
