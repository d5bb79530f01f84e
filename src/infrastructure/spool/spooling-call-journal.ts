import type { Pool } from 'pg';
import type { CallJournal } from '../../domain/audit/call-journal.ts';
import type { RecordedCall } from '../../domain/audit/call-record.ts';
import { TrailUnavailable, type CallGroup } from '../postgres/trail/call-group.ts';
import { PostgresCallJournal, writtenCall } from '../postgres/trail/postgres-call-journal.ts';
import { databaseTrust, type DatabaseTrust, type Mode } from './database-trust.ts';
import { SpoolShipper, type SpoolShipperDeps } from './spool-shipper.ts';

export type SpoolingCallJournalDeps = SpoolShipperDeps & {
  /** For callers' groups, which need two connections at once and must not compete with reports for them. */
  readonly pool: Pool;
  /** `onChange` calls its listener after each change. */
  readonly database: {
    readonly isAway: () => boolean;
    readonly onChange: (listener: () => void) => void;
  };
  /** Called once for each switch between database and spool. */
  readonly onChanged: (to: Mode, why: string) => void;
};

/** Milliseconds without a commit after which calls no longer wait for the database. */
const PATIENCE_MS = 300;
const LOOK_EVERY_MS = 100;

/**
 * The trail on two devices: in PostgreSQL, and on this disk while PostgreSQL is away, slow or silent. A call is
 * answered once either has it. The spool is shipped oldest first, while callers may already use the database again.
 * That reorders nothing that has an order, since all events of one subject are in one call (ADR 0018).
 */
export class SpoolingCallJournal implements CallJournal {
  readonly #deps: SpoolingCallJournalDeps;
  readonly #database: PostgresCallJournal;
  readonly #trust: DatabaseTrust;
  readonly #shipper: SpoolShipper;
  readonly #closed = new AbortController();
  readonly #watching: Promise<void>;
  #isClosing = false;

  constructor(deps: SpoolingCallJournalDeps) {
    const { pool, clock, onCommitted, database } = deps;
    this.#deps = deps;
    this.#trust = databaseTrust(deps);
    this.#shipper = new SpoolShipper(deps, this.#trust);
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
    return this.#shipper.shipped;
  }

  /** Takes over and ships the spools of processes that have ended. Resolves to the number of their records. */
  async adopt(): Promise<number> {
    try {
      return await this.#deps.spool.adopt();
    } finally {
      // Ships what was taken over, even if some could not be.
      if (!this.#deps.spool.isEmpty) this.#shipper.start();
    }
  }

  refusal(): Error | undefined {
    return this.mode === 'spool' ? this.#deps.spool.refusal() : undefined;
  }

  append(call: RecordedCall): Promise<void> {
    if (this.mode === 'database') return this.#database.append(call).then(this.#trust.proved);
    if (this.#isClosing) return Promise.reject(new TrailUnavailable('the call trail is closed'));
    return new Promise((resolve, reject) => {
      const written = writtenCall(call, resolve, reject);
      if (written !== undefined) this.#deps.spool.add(written);
    });
  }

  /** Calls that wait for an absent database go to the disk; what is on disk stays for the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#shipper.stop();
    await this.#database.close();
    this.#closed.abort();
    await this.#watching;
    await this.#deps.spool.close();
  }

  #onDatabaseChanged(): void {
    if (this.#deps.database.isAway()) this.#divert(this.#database.handOver(), 'the database is away');
    else {
      this.#trust.askSoon();
      this.#shipper.wake();
    }
  }

  /**
   * Diverts calls to the spool only when two checks in a row found them late, so that after a pause this process reads
   * its sockets before it judges the database.
   */
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
    if (this.mode === 'database') this.#shipper.databaseLost();
    this.#trust.withdraw(why);
    for (const call of calls) this.#deps.spool.add(call);
    this.#shipper.start();
  }
}
