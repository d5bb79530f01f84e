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
/** A record with both bodies at their cap, and its events. Less room than this counts as none. */
const ROOM_BYTES = 65_536;

/**
 * Calls that wait on this disk for the database: group commit into files, oldest first out of them. A call is
 * resolved when the disk has it, and rejected, never half kept, when the spool is full or the disk fails.
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

  /** Nothing on disk, and nothing on its way there. */
  get isEmpty(): boolean {
    return this.#segments().length === 0 && this.#writing === undefined;
  }

  get bytes(): number {
    return this.#segments().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Calls refused because the spool was full or the disk failed, since the start. */
  get refused(): number {
    return this.#refusals.count;
  }

  /** The last call that was refused although it had been made already. */
  get lastRefused(): WrittenCall | undefined {
    return this.#refusals.last;
  }

  /** Why the next call would probably be refused. */
  get problem(): SpoolProblem | undefined {
    if (this.diskError !== undefined) return 'disk-failed';
    return this.bytes + ROOM_BYTES > this.#deps.maxBytes ? 'full' : undefined;
  }

  /** What the disk said when it failed; undefined while it works. */
  get diskError(): Error | undefined {
    return this.#refusals.diskError;
  }

  /** Why a call that is about to be made would be refused; it then counts as refused. */
  refusal(): Error | undefined {
    const { problem } = this;
    return problem && this.#refusals.beforehand(problem);
  }

  /**
   * The disk cannot be used, as was found before the first write. It counts as failed until a write or `askDiskAgain`
   * succeeds.
   */
  cannotBeUsed(error: unknown): void {
    this.#refusals.diskFails(error);
  }

  /**
   * Asks a disk that failed whether it takes a record again, so that the next outage need not find out. Never rejects.
   */
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
   * The oldest segment that has something to be shipped; nothing is written to it any more. One that the disk could not
   * read or remove comes last: it may recover, and meanwhile it holds up nobody.
   */
  oldest(): Promise<Segment | undefined> {
    return this.#inTurn(async () => {
      if (this.#closed.oldestInReach() === undefined) await this.#active.close();
      return this.#closed.oldestInReach() ?? this.#closed.all[0];
    });
  }

  /** As `ClosedSegments.read`. */
  read(segment: Segment): Promise<SegmentContent> {
    return this.#closed.read(segment);
  }

  /** As `ClosedSegments.remove`. */
  remove(segment: Segment, keepAs?: string): Promise<void> {
    return this.#closed.remove(segment, keepAs);
  }

  /** As `SpoolSlots.kept`. */
  kept(): Promise<number> {
    return this.#deps.slots.kept();
  }

  /** As `ClosedSegments.adopt`. */
  adopt(): Promise<number> {
    return this.#closed.adopt(this.#deps.slots);
  }

  /** What is on disk stays there for whoever comes next. */
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
    // What comes in this turn of the event loop goes together.
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

  /** Writing and closing take turns: what is read for shipping must not be written to. */
  #inTurn<A>(work: () => Promise<A>): Promise<A> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
