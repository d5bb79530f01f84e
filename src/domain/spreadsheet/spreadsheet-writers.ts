/** The write lease of a spreadsheet: the exclusive right to write to it, until it is released or expires. */
export type WriterTurn = {
  /**
   * Milliseconds of the lease that may have passed already: it starts in the store, and the grant takes time to arrive.
   */
  readonly ageMs: number;
  /**
   * Identifies the latest lease under which rows beginning with an empty cell were appended; a new value each time.
   * Undefined when there was none, or the store has forgotten it because it was long ago.
   */
  readonly raggedEdge: string | undefined;
  /** The same for given cells that were written or cleared so that their rows may begin with an empty cell. */
  readonly raggedCells: string | undefined;
  /** Reports that such rows were left under this lease. Others learn of it when the lease is released. */
  readonly leavesRaggedEdge: () => void;
  readonly leavesRaggedCells: () => void;
  /** Releases the lease. Has no effect a second time or after it has expired. Never rejects. */
  readonly release: () => Promise<void>;
};

/**
 * One writer at a time per spreadsheet, across all replicas and tenants, because Google lets concurrent appends
 * overwrite each other's rows. Spreadsheets are named by `spreadsheetAt`. All times are the store's. Rejects when the
 * store is unavailable.
 */
export type SpreadsheetWriters = {
  /**
   * Waits at most `waitMs` for the lease, and returns `busy` after that. The lease expires after `holdMs`, so that a
   * dead process blocks nobody; its holder must have finished by then. Within a process waiters are served in order,
   * and no replica gets the lease twice in a row while another waits.
   */
  readonly hold: (spreadsheet: string, holdMs: number, waitMs: number) => Promise<WriterTurn | 'busy'>;
};
