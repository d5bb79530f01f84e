import type { Pool } from 'pg';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { LONGEST_PAUSE_MS, type DatabaseTrust } from './database-trust.ts';
import type { Segment } from './spool-segment.ts';
import { isProven, shipSegment, type ShippingDeps } from './spool-shipping.ts';
import type { Spool } from './spool.ts';

export type SpoolShipperDeps = {
  /** Lends one connection at a time. */
  readonly shippingPool: Pool;
  readonly spool: Spool;
  readonly database: { readonly isAway: () => boolean };
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Called after a commit that left events in the outbox: wakes the relay. */
  readonly onCommitted: () => void;
  readonly onKept: ShippingDeps['onKept'];
  /** The database answers and does not take what is in the spool, or the disk does not give it back. Tried again. */
  readonly onShippingFailed: (error: unknown) => void;
  /** All that was spooled is shipped. */
  readonly onShippingWorks?: () => void;
};

/** A database this quick with a group of the spool is trusted with callers again. */
const QUICK_MS = 150;

/** Brings the spool into the database, and finds out by that whether the database is to be trusted again. */
export class SpoolShipper {
  readonly #deps: SpoolShipperDeps;
  readonly #trust: DatabaseTrust;
  readonly #stopped = new AbortController();
  #shipped = 0;
  /**
   * How many calls the spool had refused when the database was lost. With more refused since, only a try shows whether
   * the database takes calls again.
   */
  #refusedBefore = 0;
  #rest = new AbortController();
  #shipping: Promise<void> | undefined;

  constructor(deps: SpoolShipperDeps, trust: DatabaseTrust) {
    this.#deps = deps;
    this.#trust = trust;
  }

  /** Records shipped since the start. */
  get shipped(): number {
    return this.#shipped;
  }

  /** To be called before anything is spooled because of it. */
  databaseLost(): void {
    this.#refusedBefore = this.#deps.spool.refused;
  }

  /** Does nothing when it is under way already. */
  start(): void {
    this.#shipping ??= this.#shipUntilEmpty();
  }

  /** Ends the pause before the next try. */
  wake(): void {
    this.#rest.abort();
  }

  /** Resolves when nothing is under way any more; what is left stays for the next start. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.wake();
    await this.#shipping;
  }

  /** Ends when the spool is empty and callers use the database. */
  async #shipUntilEmpty(): Promise<void> {
    const { spool, database, sleep, onShippingFailed, onShippingWorks } = this.#deps;
    while (!this.#stopped.signal.aborted) {
      await sleep(database.isAway() ? LONGEST_PAUSE_MS : this.#trust.pauseMs(), this.#rest.signal);
      this.#rest = new AbortController();
      if (database.isAway()) continue;
      try {
        await this.#ship();
      } catch (error) {
        if (!database.isAway()) onShippingFailed(error);
      }
      // Without an `await` up to the end of this method: whatever is spooled later starts another run.
      if (this.#trust.mode() === 'database' && spool.isEmpty) break;
      this.#trust.askLater();
    }
    this.#shipping = undefined;
    if (spool.isEmpty) onShippingWorks?.();
  }

  /** All there is, or as much as is worth a turn. */
  async #ship(): Promise<void> {
    const { spool } = this.#deps;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const segment = await spool.oldest();
      if (segment !== undefined) {
        await this.#shipOne(segment);
        // Calls are still spooled, and the database was not quick: it has less to do with larger portions.
        if (this.#trust.mode() === 'spool') return;
      } else {
        await this.#askDatabase('nothing is spooled');
        await spool.settled();
        if (spool.isEmpty) return;
      }
    }
  }

  /** A disk that gives nothing back may take nothing either, so callers must not wait until it is mended. */
  async #shipOne(segment: Segment): Promise<void> {
    const { spool } = this.#deps;
    try {
      await shipSegment(this.#shippingDeps(), segment, this.#stopped.signal);
    } catch (error) {
      // While the disk still gives other segments, those tell whether the database takes calls.
      if (segment.isStuck && (await spool.oldest())?.isStuck === true)
        await this.#askDatabase('the disk does not give back what is spooled');
      throw error;
    }
  }

  /** Where there is no group of the spool to try the database with. */
  async #askDatabase(why: string): Promise<void> {
    if (this.#trust.mode() === 'spool')
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
    if (this.#trust.mode() === 'database') await sleep(milliseconds, this.#stopped.signal);
  }
}
