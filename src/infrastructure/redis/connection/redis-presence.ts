import type { Clock } from '../../../domain/shared/clock.ts';
import { RedisAway, reasonOf } from './redis-away.ts';

type Deps = {
  readonly monotonic: Clock['monotonic'];
  /** Redis went away, or is away for a new reason. */
  readonly onAway?: (error: RedisAway) => void;
  /** Redis answers. Called about once a second as long as it does. */
  readonly onAnswering?: () => void;
};

/** For so long after a refusal Redis is reported as refusing commands. */
const REFUSING_MS = 10_000;
/** Redis counts as away after so many failures in a row … */
const FAILURES_TO_LEAVE = 5;
/**
 * … that span at least this time: during one short pause of Redis many concurrent calls fail together, which is no
 * reason to give it up.
 */
const TROUBLE_MS = 100;

/** Reasons that say less than one known before. */
const UNEXPLAINED: ReadonlySet<string> = new Set(['not connected', 'no answer in time']);

const awayFor = (error: unknown): RedisAway =>
  error instanceof RedisAway ? error : new RedisAway(reasonOf(error));

/** Whether Redis can be used now, judged by its connection and the answers to commands. */
export class RedisPresence {
  readonly #deps: Deps;
  /**
   * The error all callers get while Redis is away: one object per outage, since a stack trace costs more than the call.
   */
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

  /** The error with which Redis has recently refused a command. It may carry out others all the same. */
  get refusal(): RedisAway | undefined {
    const { away, at = Number.NEGATIVE_INFINITY } = this.#refusal ?? {};
    return this.#deps.monotonic() - at < REFUSING_MS ? away : undefined;
  }

  refused(away: RedisAway): void {
    this.#refusal = { away, at: this.#deps.monotonic() };
  }

  /** A command was answered. That ends a row of failures, but only our own ping ends an outage. */
  answered(): void {
    this.#failuresInRow = 0;
  }

  /** A command failed. True when Redis counts as away from now on. */
  failed(away: RedisAway): boolean {
    const now = this.#deps.monotonic();
    if (this.#failuresInRow === 0) this.#troubleSince = now;
    this.#failuresInRow += 1;
    const lasts = now - this.#troubleSince >= TROUBLE_MS;
    return lasts && this.#failuresInRow >= FAILURES_TO_LEAVE && this.leave(away);
  }

  /** Redis counts as away from now on. False if it did before; then the error may still explain why. */
  leave(error: unknown): boolean {
    if (this.#away !== undefined) {
      this.#explain(awayFor(error));
      return false;
    }
    this.#away = awayFor(error);
    this.#tell(this.#away);
    return true;
  }

  /** Redis has not answered since the start of the process. */
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

  /** For good, and without telling anybody. */
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
