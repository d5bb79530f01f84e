import type { CallJournal } from '../../../domain/audit/call-journal.ts';
import type { RecordedCall } from '../../../domain/audit/call-record.ts';
import { cloudEventText } from '../../events/cloud-event-text.ts';
import { onceATurn } from '../../system/once-a-turn.ts';
import {
  storeGroup,
  TrailUnavailable,
  type CallGroup,
  type GroupStore,
  type WrittenCall,
} from './call-group.ts';
import { callLine } from './call-line.ts';

type Options = GroupStore & {
  /** Called after a commit that left events in the outbox: wakes the outbox relay. */
  readonly onCommitted: () => void;
  /** Takes the calls that could not be stored; without it they are rejected. */
  readonly onUnavailable?: (calls: CallGroup, error: Error) => void;
  /** How many waiting calls are kept serialised. Further ones wait behind them as objects. */
  readonly longestQueue?: number;
};

type Appended = Pick<WrittenCall, 'resolve' | 'reject'> & { readonly call: RecordedCall };

const GROUPS_AT_ONCE = 2;
/**
 * From 128 calls on, a group gets no cheaper per call. Up to twice as many go together rather than wait for the next
 * group; with more, the first ones would only wait longer for the last.
 */
const LARGEST_GROUP = 256;
/** Characters, so that even a group of full 16 KiB bodies remains one quick statement. */
const LARGEST_TEXT = 1_000_000;
/** A second group starts only when this many calls wait: a commit of its own costs as much as ten calls. */
const WORTH_A_SECOND_GROUP = 16;
/**
 * Milliseconds that the first group must have been under way by then. With a disk that commits faster, one group at a
 * time is best: the next one grows meanwhile, whereas two would share the server's processors and cost more per call.
 */
const SLOW_GROUP_MS = 5;
const LONGEST_QUEUE = 10_000;

/**
 * The trail in `integration_logs`, by group commit: all waiting calls go into one statement. One statement is under way
 * at a time, or two where commits are slow. Calls that arrive in the same turn of the event loop go together; nothing
 * is delayed on purpose while no statement is under way.
 *
 * Its pool (`openDatabase`) reserves two connections for it, so that it never queues behind a report. Measured with
 * bench/journal.ts; the choices are explained in ADR 0010.
 */
export class PostgresCallJournal implements CallJournal {
  readonly #store: GroupStore;
  readonly #onCommitted: () => void;
  readonly #onUnavailable: (calls: CallGroup, error: Error) => void;
  readonly #longestQueue: number;
  /** Groups under way with the monotonic time of their start, oldest first. */
  readonly #groups = new Map<CallGroup, number>();
  #queue: WrittenCall[] = [];
  /** Calls beyond the longest queue: not serialised yet, since that is what takes memory. */
  #overflow: Appended[] = [];
  readonly #planTurn = onceATurn(() => this.#startGroups());
  #closed = false;
  #onEmpty: (() => void)[] = [];

  constructor({ pool, clock, onCommitted, onUnavailable, longestQueue = LONGEST_QUEUE }: Options) {
    this.#store = { pool, clock };
    this.#onCommitted = onCommitted;
    this.#onUnavailable = onUnavailable ?? rejectAll;
    this.#longestQueue = longestQueue;
  }

  /** Monotonic time since which the longest-waiting call has seen no commit; undefined when none is waiting. */
  get waitingSince(): number | undefined {
    const [oldest] = this.#groups.values();
    return oldest;
  }

  /** Whether the database accepts a call is known only by trying. */
  refusal(): undefined {
    return undefined;
  }

  append(call: RecordedCall): Promise<void> {
    if (this.#closed) return Promise.reject(new TrailUnavailable('the call trail is closed'));
    return new Promise((resolve, reject) => {
      const appended = { call, resolve, reject };
      if (this.#queue.length < this.#longestQueue) this.#enqueue(appended);
      else this.#overflow.push(appended);
      this.#planTurn();
    });
  }

  /**
   * Hands over all waiting calls. It is unknown whether the groups under way will be committed; whoever takes their
   * calls may store them again, since each id can be stored only once.
   */
  handOver(): CallGroup {
    const underWay = [...this.#groups.keys()].flat();
    this.#groups.clear();
    const calls = [...underWay, ...this.#takeQueue()];
    this.#tellWhenEmpty();
    return calls;
  }

  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
      this.#tellWhenEmpty();
    });
  }

  #enqueue({ call, resolve, reject }: Appended): void {
    const written = writtenCall(call, resolve, reject);
    if (written !== undefined) this.#queue.push(written);
  }

  #startGroups(): void {
    while (this.#queue.length > 0 && this.#mayStart()) void this.#storeNext(this.#takeGroup());
    this.#tellWhenEmpty();
  }

  #mayStart(): boolean {
    const oldest = this.waitingSince;
    if (oldest === undefined) return true;
    if (this.#groups.size === GROUPS_AT_ONCE || this.#queue.length < WORTH_A_SECOND_GROUP) return false;
    return this.#store.clock.monotonic() - oldest >= SLOW_GROUP_MS;
  }

  #takeGroup(): CallGroup {
    let size = 0;
    for (let text = 0; size < this.#queue.length && size < LARGEST_GROUP && text < LARGEST_TEXT; size += 1) {
      const { line, events } = this.#queue[size] as WrittenCall;
      text += line.length + events.length;
    }
    const group = this.#queue.slice(0, size);
    this.#queue = this.#queue.slice(size);
    const room = this.#longestQueue - this.#queue.length;
    for (const appended of this.#overflow.splice(0, room)) this.#enqueue(appended);
    return group;
  }

  async #storeNext(group: CallGroup): Promise<void> {
    this.#groups.set(group, this.#store.clock.monotonic());
    try {
      await storeGroup(this.#store, group);
    } catch (error) {
      this.#giveUp(group, error as Error);
    }
    this.#groups.delete(group);
    if (group.some(({ events }) => events !== '')) this.#onCommitted();
    this.#startGroups();
  }

  /**
   * Calls waiting in the queue would meet the same loss, only later. A group that was handed over is no longer ours.
   */
  #giveUp(group: CallGroup, error: Error): void {
    if (this.#groups.delete(group)) this.#onUnavailable([...group, ...this.#takeQueue()], error);
  }

  #takeQueue(): CallGroup {
    const taken = this.#queue;
    this.#queue = [];
    for (const appended of this.#overflow.splice(0)) this.#enqueue(appended);
    const overflow = this.#queue;
    this.#queue = [];
    return [...taken, ...overflow];
  }

  #tellWhenEmpty(): void {
    if (this.#groups.size > 0 || this.#queue.length > 0 || this.#overflow.length > 0) return;
    for (const tell of this.#onEmpty.splice(0)) tell();
  }
}

/** Undefined when it cannot be serialised; the call is then rejected. */
export const writtenCall = (
  { record, events }: RecordedCall,
  resolve: WrittenCall['resolve'],
  reject: WrittenCall['reject'],
): WrittenCall | undefined => {
  try {
    let text = '';
    for (const event of events) text += (text === '' ? '' : ',') + cloudEventText(event);
    return { line: callLine(record), events: text, resolve, reject };
  } catch (error) {
    reject(new Error('the call trail cannot write the record down', { cause: error }));
    return undefined;
  }
};

const rejectAll = (calls: CallGroup, error: Error): void => {
  for (const { reject } of calls) reject(error);
};
