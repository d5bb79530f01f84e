import type { Pool } from 'pg';
import type { Clock, Sleep } from '../../domain/shared/clock.ts';
import { LONGEST_PAUSE_MS, type DatabaseTrust } from './database-trust.ts';
import type { Segment } from './spool-segment.ts';
import { isProven, shipSegment, type ShippingDeps } from './spool-shipping.ts';
import type { Spool } from './spool.ts';

export type SpoolShipperDeps = {
  /** A pool that lends one connection at a time. */
  readonly shippingPool: Pool;
  readonly spool: Spool;
  readonly database: { readonly isAway: () => boolean };
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly sleep: Sleep;
  /** Called after a commit that left events in the outbox: wakes the outbox relay. */
  readonly onCommitted: () => void;
  readonly onKept: ShippingDeps['onKept'];
  /** The database answers but does not accept what is spooled, or the disk cannot read it. Shipping is retried. */
  readonly onShippingFailed: (error: unknown) => void;
  /** Everything that was spooled has been shipped. */
  readonly onShippingWorks?: () => void;
};

/** A database that commits a group of the spool this quickly is trusted with callers again. */
const QUICK_MS = 150;

/** Ships the spool to the database, and thereby finds out when the database can be trusted again. */
export class SpoolShipper {
  readonly #deps: SpoolShipperDeps;
  readonly #trust: DatabaseTrust;
  readonly #stopped = new AbortController();
  #shipped = 0;
  /**
   * How many calls the spool had refused when the database was lost. If more were refused since, only a trial shows
   * whether the database accepts calls again.
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

  /** To be called before the first call is spooled because of it. */
  databaseLost(): void {
    this.#refusedBefore = this.#deps.spool.refused;
  }

  /** Does nothing when shipping is already under way. */
  start(): void {
    this.#shipping ??= this.#shipUntilEmpty();
  }

  /** Ends the pause before the next attempt. */
  wake(): void {
    this.#rest.abort();
  }

  /** Resolves when nothing is under way any more; the rest stays for the next start. */
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
      // No `await` from here to the end of the method, so that whatever is spooled later starts another run.
      if (this.#trust.mode() === 'database' && spool.isEmpty) break;
      this.#trust.askLater();
    }
    this.#shipping = undefined;
    if (spool.isEmpty) onShippingWorks?.();
  }

  /** Ships everything, or as much as makes sense in one round. */
  async #ship(): Promise<void> {
    const { spool } = this.#deps;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const segment = await spool.oldest();
      if (segment !== undefined) {
        await this.#shipOne(segment);
        // Calls are still being spooled and the database was slow: larger portions, shipped later, burden it less.
        if (this.#trust.mode() === 'spool') return;
      } else {
        await this.#askDatabase('nothing is spooled');
        await spool.settled();
        if (spool.isEmpty) return;
      }
    }
  }

  /**
   * Ships one segment. A disk that cannot read may not be able to write either, so callers must get back to the
   * database without waiting for its repair.
   */
  async #shipOne(segment: Segment): Promise<void> {
    const { spool } = this.#deps;
    try {
      await shipSegment(this.#shippingDeps(), segment, this.#stopped.signal);
    } catch (error) {
      // As long as other segments can be read, shipping them shows whether the database accepts calls.
      if (segment.isStuck && (await spool.oldest())?.isStuck === true)
        await this.#askDatabase('the disk does not give back what is spooled');
      throw error;
    }
  }

  /** Asks the database where no group of the spool can show whether it accepts calls. */
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
    // Callers come first: leave half of the time to them.
    if (this.#trust.mode() === 'database') await sleep(milliseconds, this.#stopped.signal);
  }
}
