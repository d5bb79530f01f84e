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

/** For a call. */
const PATIENCE_MS = 500;
/**
 * For many in the background. A replica that tells Redis of its own calls without these rows, which hold them too, has
 * them counted twice when another one tells the rows. A database that is away says so at once.
 */
const PATIENCE_WITH_MANY_MS = 1_500;

/**
 * What the table tells of subjects that Redis does not know: also of calls of replicas that are no more. The store
 * tells of its failures itself.
 */
export class QuotaRowReader {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * For a call or a look: each share has its rows then, or none when the table does not answer soon, unless another
   * question was answered meanwhile.
   */
  async read(shares: readonly HeldShare[]): Promise<void> {
    const { store } = this.#deps;
    await Promise.all(
      shares.map(async (share) => {
        const rows = await this.#within(PATIENCE_MS, () => store.load(share.tenantId, share.subjectId));
        share.rows = rows ?? share.rows;
      }),
    );
  }

  /** The same for any number of tenants at once, in one statement. */
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
