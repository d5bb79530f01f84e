import type {
  QuotaStateStore,
  StoredSubject,
  StoredWindow,
} from '../../../domain/rate-limit/quota-state-store.ts';
import type { Sleep } from '../../../domain/shared/clock.ts';
import { answeredSoon } from '../../system/answered-soon.ts';
import type { HeldShare } from './held-share.ts';

type Deps = {
  readonly store: QuotaStateStore;
  readonly sleep: Sleep;
};

/** For the subjects of one call. */
const PATIENCE_MS = 500;
/**
 * For many subjects in the background, which may wait longer: the calls of a replica that reports to Redis without
 * these rows count twice once another replica reports the rows, which contain them. A database that is away answers so
 * at once.
 */
const PATIENCE_WITH_MANY_MS = 1_500;

/**
 * Reads from the table what was counted for subjects that Redis does not know, including calls of replicas that are
 * gone. The store reports its failures itself.
 */
export class QuotaRowReader {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** For a single call. When the table does not answer soon, a share keeps the rows it had, if any. */
  async read(shares: readonly HeldShare[]): Promise<void> {
    const { store } = this.#deps;
    await Promise.all(
      shares.map(async (share) => {
        const rows = await this.#within(PATIENCE_MS, () => store.load(share.tenantId, share.subjectId));
        share.rows = rows ?? share.rows;
      }),
    );
  }

  /** The same for subjects of any number of tenants, in one statement. */
  async readAll(shares: readonly HeldShare[]): Promise<void> {
    const rows = await this.#within(PATIENCE_WITH_MANY_MS, () => this.#deps.store.loadAll(shares));
    const bySubject = rows && Map.groupBy(rows, keyOf);
    for (const share of shares) share.rows = bySubject && (bySubject.get(keyOf(share)) ?? []);
  }

  #within(
    withinMs: number,
    read: () => Promise<readonly StoredWindow[]>,
  ): Promise<readonly StoredWindow[] | undefined> {
    return answeredSoon(read, { sleep: this.#deps.sleep, withinMs });
  }
}

const keyOf = ({ tenantId, subjectId }: StoredSubject): string => `${tenantId} ${subjectId}`;
