import { LRUCache } from 'lru-cache';
import type { InvalidationScope } from '../../domain/cache/cache-store.ts';
import {
  EVERYTHING,
  EVERYTHING_TEXT,
  MOST_PURGES,
  scopeText,
  type PurgeStamp,
} from '../../domain/cache/invalidation.ts';
import type { Clock } from '../../domain/shared/clock.ts';
import type { TenantId } from '../../domain/shared/tenant-context.ts';
import type { SharedPurges, SharedStamps } from './cache-tier.ts';

type Known = {
  readonly byScope: Map<string, PurgeStamp>;
  list: readonly PurgeStamp[];
  /** Monotonic times: when the last load began, and when the load began that `list` comes from. */
  askedAt: number;
  asOf: number;
  loading: Promise<void> | undefined;
  /** The mark of the shared state that `list` contains at least. */
  mark: string | undefined;
  /** A purge made here that could not be published to the other replicas. */
  isUntold: boolean;
  agreeing: Promise<void> | undefined;
};

/** Stamps of this age are refreshed in the background, … */
const REFRESH_MS = 1_000;
/**
 * … and those of this age before they are used: another replica's purge takes effect here after so long at most, also
 * for a tenant that was idle.
 */
const OLDEST_MS = 2_000;
const MOST_TENANTS = 10_000;

type Deps = {
  /** Reads the durable stamps. May reject: those that are known stay in effect. */
  readonly load: (tenant: TenantId) => Promise<readonly PurgeStamp[]>;
  readonly shared: SharedPurges | undefined;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly onBroken: (error: unknown) => void;
};

type Stamps = readonly PurgeStamp[];

/** The purge stamps of all tenants, as known to this process. */
export class PurgeStamps {
  readonly #deps: Deps;
  readonly #tenants = new LRUCache<string, Known>({ max: MOST_TENANTS });

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * The known stamps, without waiting as long as they are not too old. `mark` names the state that the replicas share,
   * as read from the first tier: if it differs from the known one, that state is loaded first, so that a purge takes
   * effect everywhere at once.
   */
  of(tenant: TenantId, mark?: string): Stamps | Promise<Stamps> {
    const { clock, shared } = this.#deps;
    const known = this.#knownOf(tenant);
    const now = clock.monotonic();
    if (known.loading === undefined && now - known.askedAt >= REFRESH_MS)
      void this.#refreshed(tenant, known, now);
    if (mark !== undefined && shared !== undefined)
      return mark === known.mark && !known.isUntold
        ? known.list
        : this.#inAgreement(tenant, known, shared, mark);
    const isFresh = now - known.asOf < OLDEST_MS;
    return isFresh || known.loading === undefined ? known.list : known.loading.then(() => known.list);
  }

  /** The known stamps, however old. */
  known(tenant: TenantId): Stamps {
    return this.#knownOf(tenant).list;
  }

  /** False until they were loaded once: purges made elsewhere, or before this process started, are not known. */
  areKnown(tenant: TenantId): boolean {
    return isKnown(this.#knownOf(tenant));
  }

  /**
   * The scope to purge instead of `scope`: everything, for a tenant with many purges already, which replaces them all.
   */
  widened(tenant: TenantId, scope: InvalidationScope): InvalidationScope {
    const { byScope } = this.#knownOf(tenant);
    return byScope.size < MOST_PURGES || byScope.has(scopeText(scope)) ? scope : EVERYTHING;
  }

  /** A purge made by this process takes effect here at once. */
  add(tenant: TenantId, stamp: PurgeStamp): void {
    addAll(this.#knownOf(tenant), [stamp]);
  }

  /** Publishes to all replicas what is in effect here, now or as soon as Redis can be reached. Never rejects. */
  async tell(tenant: TenantId): Promise<void> {
    const { shared } = this.#deps;
    if (shared === undefined) return;
    const known = this.#knownOf(tenant);
    known.isUntold = true;
    await known.agreeing;
    await (known.agreeing ??= this.#agree(tenant, known, shared));
  }

  #knownOf(tenant: TenantId): Known {
    const found = this.#tenants.get(tenant);
    if (found !== undefined) return found;
    const made = nothingKnown();
    this.#tenants.set(tenant, made);
    return made;
  }

  #refreshed(tenant: TenantId, known: Known, now: number): Promise<void> {
    known.askedAt = now;
    return (known.loading = this.#refresh(tenant, known, now));
  }

  async #refresh(tenant: TenantId, known: Known, askedAt: number): Promise<void> {
    try {
      addAll(known, await this.#deps.load(tenant));
      known.asOf = askedAt;
    } catch (error) {
      this.#deps.onBroken(error);
    } finally {
      known.loading = undefined;
    }
  }

  async #inAgreement(tenant: TenantId, known: Known, shared: SharedPurges, mark: string): Promise<Stamps> {
    const joined = known.agreeing;
    await (joined ?? (known.agreeing = this.#agree(tenant, known, shared)));
    // The load under way may have read the shared state before it got this mark.
    if (joined !== undefined && known.mark !== mark)
      await (known.agreeing ??= this.#agree(tenant, known, shared));
    return known.list;
  }

  async #agree(tenant: TenantId, known: Known, shared: SharedPurges): Promise<void> {
    try {
      const { mark, stamps } = await this.#agreed(tenant, known, shared);
      addAll(known, stamps);
      known.mark = mark;
    } catch {
      // Redis is away, which its connection or `onBroken` reports: the known stamps stay in effect.
    } finally {
      known.agreeing = undefined;
    }
  }

  /** Rejects when Redis is away, or has no purges while the durable ones cannot be read either. */
  async #agreed(tenant: TenantId, known: Known, shared: SharedPurges): Promise<SharedStamps> {
    const told = await shared.load(tenant);
    if (told !== undefined && !known.isUntold) return told;
    // If nothing was published yet, publish the durable stamps, and only those: nothing else is complete.
    if (told === undefined)
      await (known.loading ?? this.#refreshed(tenant, known, this.#deps.clock.monotonic()));
    if (told === undefined && !isKnown(known)) throw new Error('the purges are not known');
    const before = known.list;
    const all = await shared.publish(tenant, before);
    if (known.list === before) known.isUntold = false;
    return all;
  }
}

const nothingKnown = (): Known => ({
  byScope: new Map(),
  list: [],
  askedAt: Number.NEGATIVE_INFINITY,
  asOf: Number.NEGATIVE_INFINITY,
  loading: undefined,
  mark: undefined,
  isUntold: false,
  agreeing: undefined,
});

const isKnown = ({ asOf, mark }: Known): boolean => asOf > Number.NEGATIVE_INFINITY || mark !== undefined;

const addAll = (known: Known, stamps: Stamps): void => {
  const { byScope } = known;
  const endOf = (scope: string): number => byScope.get(scope)?.purgedAt ?? Number.NEGATIVE_INFINITY;
  const news = stamps.filter(
    ({ scope, purgedAt }) => purgedAt > Math.max(endOf(EVERYTHING_TEXT), endOf(scopeText(scope))),
  );
  if (news.length === 0) return;
  for (const stamp of news) byScope.set(scopeText(stamp.scope), stamp);
  dropEnded(byScope);
  known.list = [...byScope.values()];
};

/** Purges made before the last purge of everything. */
const dropEnded = (byScope: Known['byScope']): void => {
  const everything = byScope.get(EVERYTHING_TEXT);
  if (everything === undefined) return;
  for (const [scope, stamp] of byScope)
    if (stamp !== everything && stamp.purgedAt <= everything.purgedAt) byScope.delete(scope);
};
