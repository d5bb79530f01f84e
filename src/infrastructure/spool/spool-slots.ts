import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../embedded/private-file.ts';
import { eachByItself } from '../system/each-by-itself.ts';
import { errorCode } from '../system/error-code.ts';
import { makeFolder } from '../system/make-folder.ts';
import { slotLock, type SlotLock } from './slot-lock.ts';

const SEGMENT = /^\d{15}-\d{6}\.spool$/;
/** At the end of a segment's name: some of it could not be stored. It is nobody's to ship. */
export const KEPT = '.kept';

/** What is there belongs to another user, or is no folder or lock of a spool: that says nothing about the disk. */
const NOT_OURS: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EEXIST', 'ENOTDIR', 'EISDIR']);

/** A folder of a process that is no more could not be taken over. The code is that of the disk. */
export class SlotOutOfReach extends Error {
  override readonly name = 'SlotOutOfReach';
  readonly folder: string;
  readonly code: string | undefined;

  constructor(folder: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.folder = folder;
    this.code = errorCode(cause);
  }
}

/** A folder with segments that this process alone may write, read and remove. */
export type Slot = { readonly folder: string; readonly segments: readonly string[] };

/**
 * The numbered folders in which the processes of one installation keep their spools on one disk: each process
 * locks a slot for itself, and whoever comes after a process that died finds the slot unlocked.
 */
export class SpoolSlots {
  readonly #root: string;
  readonly #held = new Map<string, SlotLock>();

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Gives `adopt` the slots of processes that are no more and left something to be shipped. They are held from then on.
   * Rejects with the first `SlotOutOfReach`, but only when all have been looked at.
   */
  async orphans(adopt: (slot: Slot) => Promise<void>): Promise<void> {
    await eachByItself(await this.#names(), async (name) => {
      const folder = join(this.#root, name);
      try {
        if (this.#isHeld(name) || (await this.#segmentsOf(name)).length === 0) return;
        // Read again behind the lock: its owner may have shipped all meanwhile.
        if (await this.#taken(name)) await adopt({ folder, segments: await this.#segmentsOf(name) });
      } catch (error) {
        throw new SlotOutOfReach(folder, error);
      }
    });
  }

  /** A folder to write to: one that is held already, else the first that is free, made if need be. */
  async own(): Promise<string> {
    const held = [...this.#held.keys()].find((name) => this.#isHeld(name));
    if (held !== undefined) return join(this.#root, held);
    const found = await this.#names();
    for (let number = 0; ; number += 1) {
      const name = String(number);
      try {
        if (await this.#takenToWrite(name)) return join(this.#root, name);
      } catch (error) {
        // If the folder was there before, the next one may be used. If it is new, all others would fail as well.
        if (!found.includes(name) || !NOT_OURS.has(errorCode(error) ?? '')) throw error;
      }
    }
  }

  async #takenToWrite(name: string): Promise<boolean> {
    await makeFolder(join(this.#root, name), 0o700);
    // The names of all that may just have been made, up to the folder that SPOOL_DIR lies in.
    for (const made of [this.#root, dirname(this.#root), dirname(dirname(this.#root))])
      await syncFolder(made);
    // What an orphan holds is shipped by `orphans`; here it would be written to and never looked at.
    return (await this.#segmentsOf(name)).length === 0 && (await this.#taken(name));
  }

  /** Files on this disk that were kept because some of them could not be stored, whosever they were. */
  async kept(): Promise<number> {
    const names = await this.#names();
    const files = await Promise.all(names.map((name) => readdir(join(this.#root, name))));
    return files.flat().filter((file) => file.endsWith(KEPT)).length;
  }

  release(): void {
    for (const { release } of this.#held.values()) release();
    this.#held.clear();
  }

  /** False where somebody has taken the folder away: whoever comes first may make it anew. */
  #isHeld(name: string): boolean {
    const lock = this.#held.get(name);
    if (lock === undefined || lock.isInPlace()) return lock !== undefined;
    this.#held.delete(name);
    lock.release();
    return false;
  }

  async #taken(name: string): Promise<boolean> {
    const lock = await slotLock(join(this.#root, name, 'lock'));
    if (lock === undefined) return false;
    this.#held.set(name, lock);
    return true;
  }

  async #names(): Promise<readonly string[]> {
    const names = await readdir(this.#root).catch((error: unknown) => whenMissing(error));
    return names.filter((name) => /^\d+$/.test(name)).toSorted((a, b) => Number(a) - Number(b));
  }

  async #segmentsOf(name: string): Promise<readonly string[]> {
    const names = await readdir(join(this.#root, name));
    return names.filter((file) => SEGMENT.test(file)).toSorted();
  }
}

const whenMissing = (error: unknown): string[] => {
  if (errorCode(error) === 'ENOENT') return [];
  throw error;
};
