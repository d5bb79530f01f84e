import type { WrittenCall } from '../postgres/trail/call-group.ts';
import { eventLoopTurn } from '../system/event-loop-turn.ts';
import { ClosedSegments } from './closed-segments.ts';
import { OpenSegment, type OpenSegmentDeps } from './open-segment.ts';
import { spoolFrame } from './spool-frame.ts';
import { SpoolRefusals, type RefusalListener, type SpoolProblem } from './spool-refusals.ts';
import type { Segment, SegmentContent } from './spool-segment.ts';
import { UnwrittenCalls, type Unwritten } from './unwritten-calls.ts';

export type SpoolDeps = OpenSegmentDeps & RefusalListener & { readonly maxBytes: number };

const SEGMENT_BYTES = 4_194_304;
/** A record with both bodies at their limit, and its events. Less room than this counts as a full spool. */
const ROOM_BYTES = 65_536;

/**
 * Calls that wait on this disk for the database: written with group commit to segment files, which are shipped oldest
 * first. A call is resolved when it is on disk, and rejected when the spool is full or the disk fails; it is never half
 * stored.
 */
export class Spool {
  readonly #deps: SpoolDeps;
  readonly #unwritten = new UnwrittenCalls();
  #writing: Promise<void> | undefined;
  readonly #active: OpenSegment;
  readonly #closed = new ClosedSegments();
  #turn: Promise<unknown> = Promise.resolve();
  readonly #refusals: SpoolRefusals;

  constructor(deps: SpoolDeps) {
    this.#deps = deps;
    this.#refusals = new SpoolRefusals(deps);
    this.#active = new OpenSegment(deps, (segment) => this.#closed.add(segment));
  }

  /** Records on disk. */
  get records(): number {
    return this.#segments().reduce((sum, { records, shipped }) => sum + records - shipped, 0);
  }

  /** Nothing is on disk or being written. */
  get isEmpty(): boolean {
    return this.#segments().length === 0 && this.#writing === undefined;
  }

  get bytes(): number {
    return this.#segments().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Number of calls refused since the start because the spool was full or the disk failed. */
  get refused(): number {
    return this.#refusals.count;
  }

  /** The last refused call that had already been made. */
  get lastRefused(): WrittenCall | undefined {
    return this.#refusals.last;
  }

  /** Why the next call would probably be refused. */
  get problem(): SpoolProblem | undefined {
    if (this.diskError !== undefined) return 'disk-failed';
    return this.bytes + ROOM_BYTES > this.#deps.maxBytes ? 'full' : undefined;
  }

  /** The last error of the disk; undefined while it works. */
  get diskError(): Error | undefined {
    return this.#refusals.diskError;
  }

  /** Why a call that is about to be made would be refused; it then counts as refused. */
  refusal(): Error | undefined {
    const { problem } = this;
    return problem && this.#refusals.beforehand(problem);
  }

  /**
   * The disk was found unusable before the first write. It counts as failed until a write or `askDiskAgain` succeeds.
   */
  cannotBeUsed(error: unknown): void {
    this.#refusals.diskFails(error);
  }

  /** Tries a disk that failed, so that it is known to work before the next outage of the database. Never rejects. */
  async askDiskAgain(): Promise<void> {
    if (this.problem === undefined) this.#refusals.diskWorks();
    if (this.diskError === undefined) return;
    try {
      await this.#inTurn(() => this.#active.tried(ROOM_BYTES));
      this.#refusals.diskWorks();
    } catch (error) {
      this.cannotBeUsed(error);
    }
  }

  add(call: WrittenCall): void {
    const frame = spoolFrame(call);
    if (this.bytes + this.#unwritten.bytes + frame.length > this.#deps.maxBytes)
      return this.#refusals.forRoom(call);
    this.#unwritten.add({ frame, call });
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when every call added so far is on disk or refused. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /**
   * The oldest segment with something to ship; nothing is written to it any more. A segment that the disk could not
   * read or remove comes last: it may recover, and meanwhile it blocks no other.
   */
  oldest(): Promise<Segment | undefined> {
    return this.#inTurn(async () => {
      if (this.#closed.oldestInReach() === undefined) await this.#active.close();
      return this.#closed.oldestInReach() ?? this.#closed.all[0];
    });
  }

  /** See `ClosedSegments.read`. */
  read(segment: Segment): Promise<SegmentContent> {
    return this.#closed.read(segment);
  }

  /** See `ClosedSegments.remove`. */
  remove(segment: Segment, keepAs?: string): Promise<void> {
    return this.#closed.remove(segment, keepAs);
  }

  /** See `SpoolSlots.kept`. */
  kept(): Promise<number> {
    return this.#deps.slots.kept();
  }

  /** See `ClosedSegments.adopt`. */
  adopt(): Promise<number> {
    return this.#closed.adopt(this.#deps.slots);
  }

  /** What is on disk stays there for the next process. */
  async close(): Promise<void> {
    await this.settled();
    await this.#inTurn(() => this.#active.close());
    this.#deps.slots.release();
  }

  #segments(): readonly Segment[] {
    const { segment } = this.#active;
    const { all } = this.#closed;
    return segment === undefined ? all : [...all, segment];
  }

  async #writeAll(): Promise<void> {
    // Calls of the same turn of the event loop are written together.
    await eventLoopTurn();
    while (this.#unwritten.areWaiting) await this.#inTurn(() => this.#writeGroup(this.#unwritten.take()));
    this.#writing = undefined;
  }

  async #writeGroup(group: readonly Unwritten[]): Promise<void> {
    const bytes = Buffer.concat(group.map(({ frame }) => frame));
    try {
      const appending = this.#active.append(bytes, group.length);
      const { bytes: written } = await appending.finally(() => this.#unwritten.settled(bytes.length));
      this.#refusals.diskWorks();
      if (written >= SEGMENT_BYTES) await this.#active.close();
    } catch (error) {
      await this.#active.abandon();
      return this.#refusals.forDisk(
        group.map(({ call }) => call),
        error,
      );
    }
    for (const { call } of group) call.resolve();
  }

  /** Writing and closing must not overlap: a segment that is read for shipping must no longer be written. */
  #inTurn<A>(work: () => Promise<A>): Promise<A> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
