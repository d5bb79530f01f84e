import { windowMs, type QuotaSubject } from '../../../domain/rate-limit/quota.ts';
import type { RateLimiter } from '../../../domain/rate-limit/rate-limiter.ts';
import type { Clock } from '../../../domain/shared/clock.ts';
import { isLeft, left, right } from '../../../domain/shared/fp.ts';
import { fairQueue } from './fair-queue.ts';
import type { Timers } from '../../timers.ts';
import type { ExpectedCall, LineTicket, NoPlace, Place } from './line-ticket.ts';
import { placesAhead } from './places-ahead.ts';
import { accountWindows } from './account-windows.ts';

type Deps = { readonly limiter: RateLimiter; readonly clock: Clock; readonly timers: Timers };
type Waiter = LineTicket & {
  readonly limit: number;
  readonly settle: (place: Place) => void;
  readonly reject: (error: unknown) => void;
};

/** Each waiting call holds a request in memory, and the end of a longer line would never be reached in time. */
const MOST_WAITING = 2_000;
const MOST_OF_A_TENANT = 500;

/**
 * The waiting line of one account in this process. Calls are admitted in order, tenants taking turns, as the account's
 * windows have room; the limiter, which counts all replicas, decides. `enter` rejects when the limiter does.
 */
export class AccountLine {
  readonly #deps: Deps;
  readonly #waiting = fairQueue<Waiter>();
  readonly #places;
  readonly #windows;
  #isCalling = false;
  /** Calls that were called up but do not have their place yet. */
  #leaving = 0;
  /** Announced calls, see `expect`. */
  #expected = 0;
  #wake: () => void = () => undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#places = placesAhead(deps.clock);
    this.#windows = accountWindows(deps.clock);
  }

  /**
   * Waits for a place as long as one may come within the ticket's patience. Refused at once when too many are waiting.
   */
  async enter(ticket: LineTicket): Promise<Place> {
    const limit = limitOf(ticket.subjects);
    if (limit < 1) return left(this.#noPlace(windowMs.minute));
    if (this.#isFullFor(ticket)) return left(this.#noPlace(this.#places.waitOf(this.#waiting.size(), limit)));
    const { promise, resolve, reject } = Promise.withResolvers<Place>();
    const whenGone = (): void => this.#leaves(waiter);
    const waiter: Waiter = { ...ticket, limit, settle: resolve, reject };
    this.#waiting.push(waiter);
    if (ticket.signal?.aborted === true) this.#leaves(waiter);
    ticket.signal?.addEventListener('abort', whenGone);
    if (this.#places.waitOf(this.#waiting.size() - 1, limit) > 0)
      this.#judge(waiter, this.#waiting.inOrder().indexOf(waiter));
    void this.#callAll();
    return promise.finally(() => ticket.signal?.removeEventListener('abort', whenGone));
  }

  /**
   * The least time that a call entering now would have to wait for a place, or `waitMs` if that is longer. Undefined:
   * perhaps none.
   */
  outlook(subjects: readonly QuotaSubject[], waitMs = 0): NoPlace | undefined {
    const limit = limitOf(subjects);
    const leastMs = Math.max(waitMs, limit < 1 ? windowMs.minute : this.#places.waitOf(0, limit));
    return leastMs > 0 ? this.#noPlace(leastMs) : undefined;
  }

  /** Admits nobody for so many milliseconds. Those who cannot wait that long are refused now. */
  hold(ms: number): void {
    this.#places.hold(ms);
    let place = 0;
    for (const one of this.#waiting.inOrder()) if (!this.#judge(one, place)) place += 1;
  }

  expect(subjects: readonly QuotaSubject[]): ExpectedCall {
    this.#expected += 1;
    const over = (): void => {
      this.#expected -= 1;
    };
    return { scarcity: () => this.#scarcity(limitOf(subjects)), over };
  }

  #scarcity(limit: number): number {
    if (this.#places.restMs() > 0) return 0;
    const free = this.#windows.freshRoom() ?? limit;
    return Math.min(1, (this.#expected - 1) / Math.max(1, free));
  }

  #isFullFor({ tenantId }: LineTicket): boolean {
    return this.#waiting.size() >= MOST_WAITING || this.#waiting.sizeOf(tenantId) >= MOST_OF_A_TENANT;
  }

  /** Refuses the waiting call if its place cannot come in time; true when it did. */
  #judge(one: Waiter, place: number): boolean {
    const waitMs = this.#places.waitOf(place, one.limit);
    if (waitMs <= 0) return false;
    one.onHeld?.(waitMs);
    if (waitMs <= one.patience() || !this.#waiting.remove(one)) return false;
    one.settle(left(this.#noPlace(waitMs)));
    this.#wakeWhenEmpty();
    return true;
  }

  #leaves(one: Waiter): void {
    if (!this.#waiting.remove(one)) return;
    one.settle(left(this.#noPlace(this.#places.waitOf(0, one.limit))));
    this.#wakeWhenEmpty();
  }

  #wakeWhenEmpty(): void {
    if (this.#waiting.size() === 0) this.#wake();
  }

  async #callAll(): Promise<void> {
    if (this.#isCalling) return;
    this.#isCalling = true;
    try {
      for (let next = this.#waiting.first(); next !== undefined; next = this.#waiting.first()) {
        const restMs = this.#places.restMs();
        if (restMs > 0) await this.#pause(restMs);
        else await this.#callUp(next);
      }
    } catch (error) {
      for (let one = this.#waiting.shift(); one !== undefined; one = this.#waiting.shift()) one.reject(error);
    } finally {
      this.#isCalling = false;
    }
  }

  /** Admits as many calls as there is room for, according to the limiter. */
  async #callUp({ subjects }: Waiter): Promise<void> {
    this.#windows.note(await this.#deps.limiter.peek(subjects));
    const room = this.#windows.room() - this.#leaving;
    for (let called = 0; called < room; called += 1) {
      const one = this.#waiting.shift();
      if (one === undefined) return;
      void this.#callOne(one);
    }
    if (room >= 1) return;
    if (this.#leaving > 0) return this.#pause();
    const toldMs = (this.#windows.full()?.resetsAt ?? 0) - this.#deps.clock.now();
    this.hold(this.#places.untilRoom(toldMs, limitOf(subjects)));
  }

  async #callOne(one: Waiter): Promise<void> {
    this.#leaving += 1;
    try {
      const charged = await one.charge();
      if (isLeft(charged)) return one.settle(charged);
      if (one.signal?.aborted === true) return one.settle(left(this.#noPlace(0)));
      const taken = await this.#deps.limiter.take(one.subjects, 1);
      this.#windows.note(isLeft(taken) ? taken.left.windows : taken.right.windows);
      if (isLeft(taken)) return this.#overtaken(one, taken.left.retryAfterMs);
      this.#places.taken();
      one.settle(right(taken.right.windows));
    } catch (error) {
      one.reject(error);
    } finally {
      this.#leaving -= 1;
      this.#wake();
    }
  }

  /** Another replica took the place, so this call waits on at the head of the line. */
  #overtaken(one: Waiter, retryAfterMs: number): void {
    this.#waiting.putBack(one);
    this.hold(retryAfterMs);
    if (one.signal?.aborted === true) this.#leaves(one);
    void this.#callAll();
  }

  /** Until it is woken, or for so many milliseconds. */
  #pause(ms?: number): Promise<void> {
    const { timers } = this.#deps;
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : timers.set(() => resolve(), ms);
      this.#wake = () => {
        if (timer !== undefined) timers.clear(timer);
        resolve();
      };
    });
  }

  #noPlace(waitMs: number): NoPlace {
    return {
      kind: 'no-place',
      retryAfterMs: Math.max(1, Math.ceil(waitMs)),
      by: this.#windows.narrowest(),
    };
  }
}

const limitOf = (subjects: readonly QuotaSubject[]): number =>
  Math.min(...subjects.map(({ limits }) => limits.minute ?? Number.POSITIVE_INFINITY));
