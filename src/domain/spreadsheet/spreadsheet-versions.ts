/**
 * What reads of a spreadsheet are cached under, so that none of them outlives a write. Guarantees, held by
 * `spreadsheet-versions.contract.ts`: once `changed` has resolved, no `current` that is asked anywhere later answers
 * what any of them answered before, but for answers so old that nothing is cached under them any more. So neither an
 * entry nor a load that began before a write is found after it. Spreadsheets are named as by `spreadsheetAt`.
 */
export type SpreadsheetVersions = {
  /** Undefined: not known, or not settled; then nothing may come from a cache or go there. Never rejects. */
  readonly current: (spreadsheet: string) => string | undefined | Promise<string | undefined>;
  /**
   * After the provider has been written to, and before anybody hears of it. `unclear`: nobody knows whether the write
   * was carried out, or will be. Rejects when it cannot be made known.
   */
  readonly changed: (spreadsheet: string, outcome: 'done' | 'unclear') => Promise<void>;
};

/** How long a request that was given up may still be carried out: Google cuts calls at 180 s. */
export const UNSETTLED_MS = 200_000;
