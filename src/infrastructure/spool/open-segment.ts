import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../domain/shared/clock.ts';
import type { OpenSpoolFile, SpoolFile } from './spool-file.ts';
import { newSegment, type Segment } from './spool-segment.ts';
import type { SpoolSlots } from './spool-slots.ts';

export type OpenSegmentDeps = {
  readonly slots: SpoolSlots;
  readonly openFile: OpenSpoolFile;
  /** For file names, whose order must be that of their age. */
  readonly clock: Pick<Clock, 'now'>;
};

const ATTEMPTS = 2;

type Open = { readonly file: SpoolFile; readonly segment: Segment };

/**
 * The one segment that a spool is writing: a new file with the first write, and with the first write after each close.
 * Calls to its methods must not overlap.
 */
export class OpenSegment {
  readonly #deps: OpenSegmentDeps;
  readonly #onClosed: (segment: Segment) => void;
  #open: Open | undefined;
  #sequence = 0;

  /** `onClosed` is called with each segment that holds something and will not be written any more. */
  constructor(deps: OpenSegmentDeps, onClosed: (segment: Segment) => void) {
    this.#deps = deps;
    this.#onClosed = onClosed;
  }

  /** Undefined while none is open. */
  get segment(): Segment | undefined {
    return this.#open?.segment;
  }

  /** Resolves with the segment when all bytes are on disk. After a rejection `abandon` must be called next. */
  async append(bytes: Buffer, records: number): Promise<Segment> {
    const segment = await this.#written(bytes);
    segment.bytes += bytes.length;
    segment.records += records;
    return segment;
  }

  async close(): Promise<void> {
    if (this.#open !== undefined && (await this.#open.file.isGone()))
      await this.#moved(this.#open).catch(() => undefined);
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#onClosed(open.segment);
    // All of its records were confirmed before, so an error of closing does not matter.
    await open.file.close().catch(() => undefined);
  }

  /**
   * After a failed write it is unknown how much of it is on disk: the confirmed records stay, and nothing more is
   * written there.
   */
  async abandon(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    const { file, segment } = open;
    this.#open = undefined;
    if (segment.records > 0) this.#onClosed(segment);
    await file.cutTo(segment.bytes).catch(() => undefined);
    await file.close().catch(() => undefined);
    if (segment.records === 0) await rm(segment.path, { force: true }).catch(() => undefined);
  }

  /** Resolves when the disk has accepted this many bytes, which are then deleted. */
  async tried(bytes: number): Promise<void> {
    const path = join(await this.#deps.slots.own(), 'trial');
    // Left behind by a process that died during a trial.
    await rm(path, { force: true });
    const file = await this.#deps.openFile(path);
    try {
      await file.append(Buffer.alloc(bytes));
    } finally {
      await file.close();
      await rm(path, { force: true });
    }
  }

  /** Writes to a new file if somebody has unlinked the current one, or removed its folder. */
  async #written(bytes: Buffer): Promise<Segment> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const { file, segment } = (this.#open ??= await this.#opened());
      await file.append(bytes);
      if (!(await file.isGone())) return segment;
      await this.#moved({ file, segment });
    }
    throw new Error('the files of the spool are taken away as soon as they are written');
  }

  /**
   * Copies all confirmed records into a new file, which works because an unlinked file can be read as long as it is
   * open.
   */
  async #moved({ file, segment }: Open): Promise<void> {
    const moved = (this.#open = await this.#opened());
    try {
      await moved.file.append(await file.beginning(segment.bytes));
      Object.assign(moved.segment, { bytes: segment.bytes, records: segment.records });
    } catch (error) {
      // Shipping will find that the segment is lost, and report it.
      if (segment.records > 0) this.#onClosed(segment);
      throw error;
    } finally {
      await file.close().catch(() => undefined);
    }
  }

  async #opened(): Promise<Open> {
    const folder = await this.#deps.slots.own();
    this.#sequence += 1;
    const time = String(this.#deps.clock.now()).padStart(15, '0');
    const path = join(folder, `${time}-${String(this.#sequence).padStart(6, '0')}.spool`);
    return { file: await this.#deps.openFile(path), segment: newSegment(path) };
  }
}
