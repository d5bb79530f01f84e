import type { Pool } from 'pg';
import type { CallJournal } from '../../domain/audit/call-journal.ts';
import type { RecordedCall } from '../../domain/audit/call-record.ts';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { TrailUnavailable, type CallGroup } from '../postgres/trail/call-group.ts';
import { PostgresCallJournal, writtenCall } from '../postgres/trail/postgres-call-journal.ts';
import { databaseTrust, LONGEST_PAUSE_MS, type DatabaseTrust, type Mode } from './database-trust.ts';
import { isProven, shipSegment, type ShippingDeps } from './spool-shipping.ts';
import type { Segment } from './spool-segment.ts';
import type { Spool } from './spool.ts';

export type SpoolingCallJournalDeps = {
  /** For callers' groups, which need two connections at once: no report takes them. */
  readonly pool: Pool;
  /** Lends one to the shipping of the spool. */
  readonly shippingPool: Pool;
  readonly spool: Spool;
  /** `onChange` calls after each change. */
  readonly database: {
    readonly isAway: () => boolean;
    readonly onChange: (listener: () => void) => void;
  };
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Called after a commit that left events in the outbox: wakes the relay. */
  readonly onCommitted: () => void;
  /** Once for each change of where callers' calls go. */
  readonly onChanged: (to: Mode, why: string) => void;
  readonly onKept: ShippingDeps['onKept'];
  /** The database answers and does not take what is in the spool, or the disk does not give it back. Tried again. */
  readonly onShippingFailed: (error: unknown) => void;
  /** All that was spooled is shipped. */
  readonly onShippingWorks?: () => void;
};

/** Milliseconds without a commit after which calls no longer wait for the database. */
const PATIENCE_MS = 300;
const LOOK_EVERY_MS = 100;
/** A database this quick with a group of the spool is trusted with callers again. */
const QUICK_MS = 150;

/**
 * The trail on two devices: PostgreSQL, and this disk while PostgreSQL is away, slow or silent. A call is answered
 * when either has it. The spool is shipped oldest first, behind callers who use the database again already: all
 * events of one subject are in one call, so nothing is overtaken that has an order (ADR 0018).
 */
export class SpoolingCallJournal implements CallJournal {
  readonly #deps: SpoolingCallJournalDeps;
  readonly #database: PostgresCallJournal;
  readonly #trust: DatabaseTrust;
  readonly #closing = new AbortController();
  readonly #closed = new AbortController();
  readonly #watching: Promise<void>;
  #shipped = 0;
  /** By the spool, when the database was lost: more than that, and nobody knows whether it is back. */
  #refusedBefore = 0;
  #rest = new AbortController();
  #shipping: Promise<void> | undefined;

  constructor(deps: SpoolingCallJournalDeps) {
    const { pool, clock, onCommitted, database } = deps;
    this.#deps = deps;
    this.#trust = databaseTrust(deps);
    const onUnavailable = (calls: CallGroup, error: Error): void => this.#divert(calls, error.message);
    this.#database = new PostgresCallJournal({ pool, clock, onCommitted, onUnavailable });
    database.onChange(() => this.#onDatabaseChanged());
    this.#watching = this.#watchForDelay();
  }

  get mode(): Mode {
    return this.#trust.mode();
  }

  /** Records shipped since the start. */
  get shipped(): number {
    return this.#shipped;
  }

  /** Takes over spools of processes that are no more, and ships them. Gives the number of their records. */
  async adopt(): Promise<number> {
    try {
      return await this.#deps.spool.adopt();
    } finally {
      // Also when some of it cannot be taken over.
      if (!this.#deps.spool.isEmpty) this.#shipping ??= this.#shipUntilEmpty();
    }
  }

  refusal(): Error | undefined {
    return this.mode === 'spool' ? this.#deps.spool.refusal() : undefined;
  }

  append(call: RecordedCall): Promise<void> {
    if (this.mode === 'database') return this.#database.append(call).then(this.#trust.proved);
    if (this.#closing.signal.aborted) return Promise.reject(new TrailUnavailable('the call trail is closed'));
    return new Promise((resolve, reject) => {
      const written = writtenCall(call, resolve, reject);
      if (written !== undefined) this.#deps.spool.add(written);
    });
  }

  /** What waits for a database that is away goes to the disk; what is on the disk stays for the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#rest.abort();
    await this.#shipping;
    await this.#database.close();
    this.#closed.abort();
    await this.#watching;
    await this.#deps.spool.close();
  }

  #onDatabaseChanged(): void {
    if (this.#deps.database.isAway()) this.#divert(this.#database.handOver(), 'the database is away');
    else {
      this.#trust.askSoon();
      this.#rest.abort();
    }
  }

  /** Twice over the limit, so that a process that was held up looks at its sockets before it judges. */
  async #watchForDelay(): Promise<void> {
    const { clock, sleep } = this.#deps;
    const { signal } = this.#closed;
    for (let wasLate = false; !signal.aborted;) {
      await sleep(LOOK_EVERY_MS, signal);
      const since = this.#database.waitingSince;
      const isLate = since !== undefined && clock.monotonic() - since > PATIENCE_MS - LOOK_EVERY_MS;
      if (isLate && wasLate) this.#divert(this.#database.handOver(), 'the database is slow');
      wasLate = isLate;
    }
  }

  #divert(calls: CallGroup, why: string): void {
    if (this.mode === 'database') this.#refusedBefore = this.#deps.spool.refused;
    this.#trust.withdraw(why);
    for (const call of calls) this.#deps.spool.add(call);
    this.#shipping ??= this.#shipUntilEmpty();
  }

  /** Ends when the spool is empty and callers use the database. */
  async #shipUntilEmpty(): Promise<void> {
    const { spool, database, sleep, onShippingFailed, onShippingWorks } = this.#deps;
    while (!this.#closing.signal.aborted) {
      await sleep(database.isAway() ? LONGEST_PAUSE_MS : this.#trust.pauseMs(), this.#rest.signal);
      this.#rest = new AbortController();
      if (database.isAway()) continue;
      try {
        await this.#ship();
      } catch (error) {
        if (!database.isAway()) onShippingFailed(error);
      }
      // In one step with the end of this round: what is spooled after it begins another.
      if (this.mode === 'database' && spool.isEmpty) break;
      this.#trust.askLater();
    }
    this.#shipping = undefined;
    if (spool.isEmpty) onShippingWorks?.();
  }

  /** All there is, or as much as is worth a turn. */
  async #ship(): Promise<void> {
    const { spool } = this.#deps;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const segment = await spool.oldest();
      if (segment !== undefined) {
        await this.#shipOne(segment);
        // Spooling goes on, and the database was not quick: in larger portions it has less to do.
        if (this.mode === 'spool') return;
      } else {
        await this.#askDatabase('nothing is spooled');
        await spool.settled();
        if (spool.isEmpty) return;
      }
    }
  }

  /** A disk that keeps all it has to itself may take nothing either: callers must not wait for it to be mended. */
  async #shipOne(segment: Segment): Promise<void> {
    const { spool } = this.#deps;
    try {
      await shipSegment(this.#shippingDeps(), segment, this.#closing.signal);
    } catch (error) {
      // All that the disk still gives tells whether the database takes calls.
      if (segment.isStuck && (await spool.oldest())?.isStuck === true)
        await this.#askDatabase('the disk does not give back what is spooled');
      throw error;
    }
  }

  /** There is no group of the spool to try it with. */
  async #askDatabase(why: string): Promise<void> {
    if (this.mode === 'spool')
      this.#trust.give(why, await isProven(this.#shippingDeps(), this.#refusedBefore));
  }

  #shippingDeps(): ShippingDeps {
    const { spool, shippingPool, clock, onKept } = this.#deps;
    return {
      spool,
      pool: shippingPool,
      clock,
      onKept,
      onShipped: (...shipped) => this.#onShipped(...shipped),
    };
  }

  async #onShipped(records: number, milliseconds: number): Promise<void> {
    const { sleep, onCommitted } = this.#deps;
    this.#shipped += records;
    if (records > 0) onCommitted();
    if (milliseconds < QUICK_MS) this.#trust.give('it takes what was spooled', true);
    // Callers come first: half of the time is theirs.
    if (this.mode === 'database') await sleep(milliseconds, this.#closing.signal);
  }
}
