import type { CallJournal } from '../../domain/audit/call-journal.ts';
import type { RecordedCall } from '../../domain/audit/call-record.ts';
import { cloudEventText } from '../events/cloud-event-text.ts';
import {
  storeGroup,
  TrailUnavailable,
  type CallGroup,
  type GroupStore,
  type WrittenCall,
} from './call-group.ts';
import { callLine } from './call-line.ts';

type Options = GroupStore & {
  /** Called after a commit that left events in the outbox: wakes the relay. */
  readonly onCommitted: () => void;
  /** Calls kept written out. Further ones wait as they are, behind them. */
  readonly longestQueue?: number;
};

type Appended = Pick<WrittenCall, 'resolve' | 'reject'> & { readonly call: RecordedCall };

const GROUPS_AT_ONCE = 2;
/** Above 128 calls a group gets no cheaper, only its callers wait longer. */
const LARGEST_GROUP = 256;
/** Characters, so that a group of full 16 KiB bodies stays one quick statement. */
const LARGEST_TEXT = 1_000_000;
/** While a group is under way the next starts when this many wait: a commit by itself costs as much as ten calls. */
const WORTH_A_SECOND_GROUP = 16;
const LONGEST_QUEUE = 10_000;

/**
 * The trail in `integration_logs`, by group commit: whatever waits goes into one statement, at most two under
 * way. What arrives in one turn of the event loop goes together; nothing waits on purpose when nothing is under way.
 *
 * Give it a pool of two connections of its own (`openDatabase`), so that it never queues behind a report.
 * Measured with bench/journal.ts; the choices are in ADR 0010.
 */
export class PostgresCallJournal implements CallJournal {
  readonly #store: GroupStore;
  readonly #onCommitted: () => void;
  readonly #longestQueue: number;
  #queue: WrittenCall[] = [];
  #crowd: Appended[] = [];
  #underWay = 0;
  #turnPlanned = false;
  #closed = false;
  #onEmpty: (() => void)[] = [];

  constructor({ pool, clock, onCommitted, longestQueue = LONGEST_QUEUE }: Options) {
    this.#store = { pool, clock };
    this.#onCommitted = onCommitted;
    this.#longestQueue = longestQueue;
  }

  append(call: RecordedCall): Promise<void> {
    if (this.#closed) return Promise.reject(new TrailUnavailable('the call trail is closed'));
    return new Promise((resolve, reject) => {
      const appended = { call, resolve, reject };
      if (this.#queue.length < this.#longestQueue) this.#enqueue(appended);
      else this.#crowd.push(appended);
      this.#planTurn();
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
      this.#tellWhenEmpty();
    });
  }

  #enqueue({ call: { record, events }, resolve, reject }: Appended): void {
    try {
      let text = '';
      for (const event of events) text += (text === '' ? '' : ',') + cloudEventText(event);
      this.#queue.push({ line: callLine(record), events: text, resolve, reject });
    } catch (error) {
      reject(new Error('the call trail cannot write the record down', { cause: error }));
    }
  }

  #planTurn(): void {
    if (this.#turnPlanned) return;
    this.#turnPlanned = true;
    setImmediate(() => {
      this.#turnPlanned = false;
      this.#startGroups();
    });
  }

  #startGroups(): void {
    while (this.#underWay < (this.#queue.length < WORTH_A_SECOND_GROUP ? 1 : GROUPS_AT_ONCE)) {
      if (this.#queue.length === 0) break;
      this.#underWay += 1;
      void this.#storeNext(this.#takeGroup());
    }
    this.#tellWhenEmpty();
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
    for (const appended of this.#crowd.splice(0, room)) this.#enqueue(appended);
    return group;
  }

  async #storeNext(group: CallGroup): Promise<void> {
    try {
      await storeGroup(this.#store, group);
    } catch (error) {
      this.#rejectAll(group, error as Error);
    }
    this.#underWay -= 1;
    if (group.some(({ events }) => events !== '')) this.#onCommitted();
    this.#startGroups();
  }

  /** Who waits in the queue would meet the same loss, only later. */
  #rejectAll(group: CallGroup, error: Error): void {
    const waiting = [...group, ...this.#queue, ...this.#crowd];
    this.#queue = [];
    this.#crowd = [];
    for (const { reject } of waiting) reject(error);
  }

  #tellWhenEmpty(): void {
    if (this.#underWay > 0 || this.#queue.length > 0 || this.#crowd.length > 0) return;
    for (const tell of this.#onEmpty.splice(0)) tell();
  }
}
