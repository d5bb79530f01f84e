import type { WrittenCall } from '../postgres/trail/call-group.ts';

export type Unwritten = { readonly frame: Buffer; readonly call: WrittenCall };

/** With larger writes, those who wait longest would wait too long. */
const WRITE_BYTES = 1_048_576;

/** Calls that the disk has not confirmed: those that wait, and those that it is just being given. */
export class UnwrittenCalls {
  #waiting: Unwritten[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Some have not been taken. */
  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  add(unwritten: Unwritten): void {
    this.#waiting.push(unwritten);
    this.#bytes += unwritten.frame.length;
  }

  /** The oldest, as many as are worth one write. They count until `settled` is told of their bytes. */
  take(): readonly Unwritten[] {
    let bytes = 0;
    let count = 0;
    for (const { frame } of this.#waiting) {
      if (count > 0 && bytes + frame.length > WRITE_BYTES) break;
      bytes += frame.length;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  settled(bytes: number): void {
    this.#bytes -= bytes;
  }
}
