import type { Clock } from '../../../domain/shared/clock.ts';
import { RedisAway, reasonOf } from './redis-away.ts';

type Deps = {
  readonly monotonic: Clock['monotonic'];
  /** Redis went away, or is away for another reason than before. */
  readonly onAway?: (error: RedisAway) => void;
  /** Redis answers. Called about once a second as long as it does. */
  readonly onAnswering?: () => void;
};

/** So long after a refusal Redis counts for refusing. */
const REFUSING_MS = 10_000;
/** In a row, … */
const FAILURES_TO_LEAVE = 5;
/** … and over so long: many calls at once fail together in one short pause of Redis, which is no reason to leave it. */
const TROUBLE_MS = 100;

/** Says less than what was known before. */
const UNEXPLAINED: ReadonlySet<string> = new Set(['not connected', 'no answer in time']);

const awayFor = (error: unknown): RedisAway =>
  error instanceof RedisAway ? error : new RedisAway(reasonOf(error));

/** Whether Redis is of use now, as far as its connection and the answers of its commands tell. */
export class RedisPresence {
  readonly #deps: Deps;
  /** What all callers get meanwhile: one object an outage, since a stack trace per call costs more than the call. */
  #away: RedisAway | undefined = new RedisAway('not connected yet');
  #failuresInRow = 0;
  #troubleSince = 0;
  #wasTold = false;
  #refusal: { readonly away: RedisAway; readonly at: number } | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get away(): RedisAway | undefined {
    return this.#away;
  }

  /** What Redis has lately answered to a command instead of doing it. It may do others all the same. */
  get refusal(): RedisAway | undefined {
    const { away, at = Number.NEGATIVE_INFINITY } = this.#refusal ?? {};
    return this.#deps.monotonic() - at < REFUSING_MS ? away : undefined;
  }

  refused(away: RedisAway): void {
    this.#refusal = { away, at: this.#deps.monotonic() };
  }

  /** A command was answered. Only a ping of our own ends an absence. */
  answered(): void {
    this.#failuresInRow = 0;
  }

  /** A command was not. True when that is one too many, and Redis is away. */
  failed(away: RedisAway): boolean {
    const now = this.#deps.monotonic();
    if (this.#failuresInRow === 0) this.#troubleSince = now;
    this.#failuresInRow += 1;
    const lasts = now - this.#troubleSince >= TROUBLE_MS;
    return lasts && this.#failuresInRow >= FAILURES_TO_LEAVE && this.leave(away);
  }

  /** False when it was away before; then it may have told why it lets nobody in. */
  leave(error: unknown): boolean {
    if (this.#away !== undefined) {
      this.#explain(awayFor(error));
      return false;
    }
    this.#away = awayFor(error);
    this.#tell(this.#away);
    return true;
  }

  /** It has not been there since the start. */
  neverCame(error: unknown): void {
    this.#away = new RedisAway(reasonOf(error));
    this.#tell(this.#away);
  }

  return(): void {
    this.#away = undefined;
    this.#failuresInRow = 0;
    this.#wasTold = false;
    this.#deps.onAnswering?.();
  }

  /** For good, and nobody need be told. */
  close(): void {
    this.#away ??= new RedisAway('closed');
  }

  #explain(away: RedisAway): void {
    if (!this.#wasTold || UNEXPLAINED.has(away.reason) || away.reason === this.#away?.reason) return;
    this.#away = away;
    this.#deps.onAway?.(away);
  }

  #tell(away: RedisAway): void {
    if (this.#wasTold) return;
    this.#wasTold = true;
    this.#deps.onAway?.(away);
  }
}
