import { TrailUnavailable, type WrittenCall } from '../postgres/trail/call-group.ts';

export type RefusalListener = {
  /** A write failed, and its calls were refused. */
  readonly onDiskFailed: (error: unknown) => void;
  /** A write succeeded, or `askDiskAgain` found the disk working. Called every time, not only after a failure. */
  readonly onDiskWorks?: () => void;
  /** A call was refused because the spool is full. */
  readonly onFull?: () => void;
};

/** Why a spool accepts no call. */
export type SpoolProblem = 'full' | 'disk-failed';

const said = { full: 'is full', 'disk-failed': 'cannot be written' } as const;

/** Counts the calls that a spool refused, and keeps the last error of its disk. */
export class SpoolRefusals {
  readonly #listener: RefusalListener;
  #diskError: Error | undefined;
  #count = 0;
  #last: WrittenCall | undefined;

  constructor(listener: RefusalListener) {
    this.#listener = listener;
  }

  /** Undefined while the disk works. */
  get diskError(): Error | undefined {
    return this.#diskError;
  }

  /** Number of refused calls since the start. */
  get count(): number {
    return this.#count;
  }

  /** The last refused call that had already been made. */
  get last(): WrittenCall | undefined {
    return this.#last;
  }

  diskWorks(): void {
    this.#diskError = undefined;
    this.#listener.onDiskWorks?.();
  }

  /** Records a failure of the disk for which no call has been refused yet. */
  diskFails(error: unknown): void {
    this.#diskError = error instanceof Error ? error : new Error('the disk failed', { cause: error });
  }

  /** Counts a call that is refused before it is made. */
  beforehand(problem: SpoolProblem): Error {
    this.#count += 1;
    if (problem === 'full') this.#listener.onFull?.();
    return this.#unavailable(problem);
  }

  forRoom(call: WrittenCall): void {
    this.#listener.onFull?.();
    this.#refuse([call], this.#unavailable('full'));
  }

  /** Refuses calls that were written together, since it is unknown how many of them reached the disk. */
  forDisk(group: readonly WrittenCall[], error: unknown): void {
    this.diskFails(error);
    this.#listener.onDiskFailed(error);
    this.#refuse(group, this.#unavailable('disk-failed'));
  }

  #refuse(calls: readonly WrittenCall[], error: Error): void {
    this.#count += calls.length;
    this.#last = calls.at(-1);
    for (const call of calls) call.reject(error);
  }

  #unavailable(problem: SpoolProblem): TrailUnavailable {
    const told = `the call trail is unavailable: its spool ${said[problem]}`;
    return new TrailUnavailable(told, { cause: problem === 'full' ? undefined : this.#diskError });
  }
}
