import type { QuotaStateStore, StoredWindow } from '../../src/domain/rate-limit/quota-state-store.ts';

export type FakeQuotaStateStore = {
  /** The connection of one process. `crash` ends it: later saves are refused. */
  readonly connect: () => QuotaStateStore;
  /** The stored rows, in the order they were first saved. */
  readonly rows: () => readonly StoredWindow[];
  readonly row: (subjectId: string, window: StoredWindow['window']) => StoredWindow | undefined;
  /** Awaited before every operation. It may throw, hang, or sleep on a fixed clock. */
  before: (operation: 'load' | 'save') => Promise<void>;
  /**
   * Models kill -9 of the process: of the saves in progress, some may be stored already without having been
   * acknowledged.
   */
  readonly crash: (options: { readonly storeUnderWay: boolean }) => void;
  readonly loads: () => number;
  /** The subjects of each load. */
  readonly loaded: () => readonly (readonly string[])[];
  readonly saves: () => number;
  readonly rowsSaved: () => number;
  /** The greatest number of concurrent saves. */
  readonly mostAtOnce: () => number;
};

/** Stores only completed saves, as a table would. */
export const fakeQuotaStateStore = (): FakeQuotaStateStore => {
  const table = new Map<string, StoredWindow>();
  const underWay = new Set<readonly StoredWindow[]>();
  const loaded: (readonly string[])[] = [];
  const count = { saves: 0, rows: 0, mostAtOnce: 0 };
  let connection = 0;

  const store = (windows: readonly StoredWindow[]) => {
    for (const window of windows)
      table.set(`${window.tenantId} ${window.subjectId} ${window.window}`, structuredClone(window));
  };
  const load: QuotaStateStore['loadAll'] = async (subjects) => {
    loaded.push(subjects.map(({ subjectId }) => subjectId));
    await fake.before('load');
    const asked = new Set(subjects.map(({ tenantId, subjectId }) => `${tenantId} ${subjectId}`));
    return [...table.values()].filter((row) => asked.has(`${row.tenantId} ${row.subjectId}`));
  };
  const save = async (windows: readonly StoredWindow[], mine: number): Promise<void> => {
    count.saves += 1;
    count.rows += windows.length;
    if (mine !== connection) throw new Error('this process is dead');
    underWay.add(windows);
    count.mostAtOnce = Math.max(count.mostAtOnce, underWay.size);
    try {
      await fake.before('save');
      if (mine !== connection) throw new Error('this process is dead');
      store(windows);
    } finally {
      underWay.delete(windows);
    }
  };

  const fake: FakeQuotaStateStore = {
    connect: () => {
      const mine = connection;
      return {
        load: (tenantId, subjectId) => load([{ tenantId, subjectId }]),
        loadAll: load,
        save: (windows) => save(windows, mine),
      };
    },
    rows: () => [...table.values()],
    row: (subjectId, window) =>
      [...table.values()].find((row) => row.subjectId === subjectId && row.window === window),
    before: async () => {},
    crash: ({ storeUnderWay }) => {
      connection += 1;
      if (storeUnderWay) for (const windows of underWay) store(windows);
      underWay.clear();
    },
    loads: () => loaded.length,
    loaded: () => loaded,
    saves: () => count.saves,
    rowsSaved: () => count.rows,
    mostAtOnce: () => count.mostAtOnce,
  };
  return fake;
};
