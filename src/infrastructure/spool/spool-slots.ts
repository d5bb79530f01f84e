import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../embedded/private-file.ts';
import { eachByItself } from '../system/each-by-itself.ts';
import { errorCode } from '../system/error-code.ts';
import { makeFolder } from '../system/make-folder.ts';
import { slotLock, type SlotLock } from './slot-lock.ts';

const SEGMENT = /^\d{15}-\d{6}\.spool$/;
/** Suffix of a segment some of which could not be stored. No process ships it any more. */
export const KEPT = '.kept';

/** The folder belongs to another user, or is not a folder or lock of a spool: that says nothing about the disk. */
const NOT_OURS: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EEXIST', 'ENOTDIR', 'EISDIR']);

/** The folder of a process that has ended could not be taken over. `code` is the error code of the disk. */
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

/** A folder with segments that only this process may write, read and remove. */
export type Slot = { readonly folder: string; readonly segments: readonly string[] };

/**
 * The numbered folders in which the processes of one installation keep their spools on one disk. Each process locks a
 * slot of its own; when it dies, the lock goes with it and another process can take the slot over.
 */
export class SpoolSlots {
  readonly #root: string;
  readonly #held = new Map<string, SlotLock>();

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Calls `adopt` with each slot that a process which has ended left with segments in it, and keeps these slots locked.
   * Rejects with the first `SlotOutOfReach`, but only after trying all slots.
   */
  async orphans(adopt: (slot: Slot) => Promise<void>): Promise<void> {
    await eachByItself(await this.#names(), async (name) => {
      const folder = join(this.#root, name);
      try {
        if (this.#isHeld(name) || (await this.#segmentsOf(name)).length === 0) return;
        // Listed again under the lock: the owner may have shipped everything meanwhile.
        if (await this.#taken(name)) await adopt({ folder, segments: await this.#segmentsOf(name) });
      } catch (error) {
        throw new SlotOutOfReach(folder, error);
      }
    });
  }

  /** A folder to write to: one that is already locked, or else the first free one, created if need be. */
  async own(): Promise<string> {
    const held = [...this.#held.keys()].find((name) => this.#isHeld(name));
    if (held !== undefined) return join(this.#root, held);
    const found = await this.#names();
    for (let number = 0; ; number += 1) {
      const name = String(number);
      try {
        if (await this.#takenToWrite(name)) return join(this.#root, name);
      } catch (error) {
        // If the folder existed before, the next one may be usable. If it is new, all others would fail as well.
        if (!found.includes(name) || !NOT_OURS.has(errorCode(error) ?? '')) throw error;
      }
    }
  }

  async #takenToWrite(name: string): Promise<boolean> {
    await makeFolder(join(this.#root, name), 0o700);
    // Syncs the entries of all directories that may just have been created, up to the one that contains SPOOL_DIR.
    for (const made of [this.#root, dirname(this.#root), dirname(dirname(this.#root))])
      await syncFolder(made);
    // A slot with segments is left to `orphans`, which ships them; if it were taken here, nobody would look at them.
    return (await this.#segmentsOf(name)).length === 0 && (await this.#taken(name));
  }

  /**
   * Number of files on this disk, of all processes, that were kept because some of their records could not be stored.
   */
  async kept(): Promise<number> {
    const names = await this.#names();
    const files = await Promise.all(names.map((name) => readdir(join(this.#root, name))));
    return files.flat().filter((file) => file.endsWith(KEPT)).length;
  }

  release(): void {
    for (const { release } of this.#held.values()) release();
    this.#held.clear();
  }

  /** False when somebody has removed the folder: any process may then create it anew. */
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
