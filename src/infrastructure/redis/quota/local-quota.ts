import type { QuotaGranted, QuotaRefused, WindowState } from '../../../domain/rate-limit/quota.ts';
import { canTakeLocally, localWindows, takeLocally } from '../../../domain/rate-limit/replica-share.ts';
import { left, right, type Either } from '../../../domain/shared/fp.ts';
import { refusalOf, statesOf } from '../../memory/quota-outcome.ts';
import type { HeldShare } from './held-share.ts';
import type { RedisClock } from './redis-clock.ts';
import { leasedStill, unitsInside } from './row-units.ts';
import type { QuotaRowReader } from './quota-row-reader.ts';

type Deps = {
  readonly time: RedisClock;
  readonly rowReader: Pick<QuotaRowReader, 'read'>;
  /** Number of replicas among which the rest of a quota is divided. */
  readonly replicas: () => number;
};

/** Redis may be back at any moment, so a caller is never told to wait for a unit that leaves its window tomorrow. */
const LONGEST_WAIT_MS = 5_000;

/** Grants calls from this replica's own share while Redis is away. */
export class LocalQuota {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async take(shares: readonly HeldShare[], cost: number): Promise<Either<QuotaRefused, QuotaGranted>> {
    await this.#known(shares);
    const now = this.#deps.time.now();
    if (shares.every((share) => canTakeLocally(share, cost, now))) {
      for (const share of shares) takeLocally(share, cost, now);
      return right({ windows: statesIn(shares, now) });
    }
    const refusal = refusalOf(openedOf(shares, now), cost);
    if (refusal === undefined) throw new Error('neither granted nor refused');
    const windows = statesIn(shares, now);
    const by = windows.find(
      ({ subjectId, window }) => subjectId === refusal.by.subjectId && window === refusal.by.window,
    );
    const retryAfterMs = Math.min(refusal.retryAfterMs, LONGEST_WAIT_MS);
    return left({ kind: 'quota-refused', by: by ?? refusal.by, retryAfterMs, windows });
  }

  async peek(shares: readonly HeldShare[]): Promise<readonly WindowState[]> {
    await this.#known(shares);
    return statesIn(shares, this.#deps.time.now());
  }

  /** Where Redis was never asked about a window, this replica's share is an equal part of what is left by the table. */
  async #known(shares: readonly HeldShare[]): Promise<void> {
    const unknown = shares.filter(({ limited }) => limited.some(({ isKnown }) => !isKnown));
    if (unknown.length === 0) return;
    await this.#deps.rowReader.read(unknown);
    const now = this.#deps.time.now();
    for (const share of unknown) this.#reserve(share, now);
  }

  #reserve({ limited, rows }: HeldShare, now: number): void {
    for (const window of limited) {
      // Redis may have answered with this replica's share meanwhile.
      if (window.isKnown) continue;
      window.isKnown = true;
      const row = rows?.find((one) => one.window === window.type);
      const left = window.limit - (row === undefined ? 0 : unitsInside(row, now) + leasedStill(row, now));
      window.reserved = Math.max(0, Math.floor(left / this.#deps.replicas()));
      window.ofAll = window.limit;
    }
  }
}

const openedOf = (shares: readonly HeldShare[], now: number) =>
  shares.map((share) => ({
    subjectId: share.subjectId,
    limited: localWindows(share, now).map((window) => ({ window })),
  }));

/** Limits are those of the whole quota; what remains is this replica's share. */
const statesIn = (shares: readonly HeldShare[], now: number): readonly WindowState[] => {
  const limits = shares.flatMap(({ limited }) => limited.map(({ limit }) => limit));
  return statesOf(openedOf(shares, now)).map((state, index) => {
    const limit = limits[index] ?? state.limit;
    return { ...state, limit, used: limit - state.remaining };
  });
};
