import type { WrittenCall } from '../postgres/trail/call-group.ts';

export type Unwritten = { readonly frame: Buffer; readonly call: WrittenCall };

/** Larger writes would make the calls that wait longest wait too long. */
const WRITE_BYTES = 1_048_576;

/** Calls not yet confirmed by the disk: those that wait to be written, and those that are being written. */
export class UnwrittenCalls {
  #waiting: Unwritten[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** True when some wait to be written. */
  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  add(unwritten: Unwritten): void {
    this.#waiting.push(unwritten);
    this.#bytes += unwritten.frame.length;
  }

  /** Takes the oldest calls, as many as are worth one write. Their bytes count until `settled` is called. */
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
