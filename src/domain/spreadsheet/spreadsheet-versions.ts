/**
 * The version under which reads of a spreadsheet are cached, so that no cached read outlives a write. Guarantees, held
 * by `spreadsheet-versions.contract.ts`: after `changed` has resolved, no later `current`, on any replica, returns a
 * value that was returned before, except values so old that nothing is cached under them any more. So neither an entry
 * nor a load that began before a write is found after it. Spreadsheets are named by `spreadsheetAt`.
 */
export type SpreadsheetVersions = {
  /** Undefined when unknown or not settled: then nothing may be read from or stored in the cache. Never rejects. */
  readonly current: (spreadsheet: string) => string | undefined | Promise<string | undefined>;
  /**
   * To be called after the provider was written to, and before the caller is answered. `unclear`: it is unknown whether
   * the write was, or still will be, carried out. Rejects when the change cannot be made visible to all replicas.
   */
  readonly changed: (spreadsheet: string, outcome: 'done' | 'unclear') => Promise<void>;
};

/** Milliseconds for which a request that was given up may still be carried out: Google cuts calls at 180 s. */
export const UNSETTLED_MS = 200_000;
