/** The right to be the only one that writes to a spreadsheet, until it is given back or runs out. */
export type WriterTurn = {
  /**
   * Milliseconds of it that may be over already: it begins in the store, and its grant may have been long on its way.
   */
  readonly ageMs: number;
  /**
   * Of all turns so far, the last under which rows were left that begin with an empty cell: another one each time, and
   * undefined where there was none, or the store has forgotten it for long.
   */
  readonly raggedEdge: string | undefined;
  /** The same of given cells: written, or emptied, so that their rows may begin with an empty one. */
  readonly raggedCells: string | undefined;
  /** Such rows are left under this one. Known to others from its release on. */
  readonly leavesRaggedEdge: () => void;
  readonly leavesRaggedCells: () => void;
  /** Gives it to the next. Does nothing a second time, and nothing when it ran out; never rejects. */
  readonly release: () => Promise<void>;
};

/**
 * One writer per spreadsheet, whichever replica and tenant it works for: Google lets appends that overlap overwrite
 * each other's rows. Spreadsheets are named as by `spreadsheetAt`. Times are the store's own. Rejects when the store is
 * away.
 */
export type SpreadsheetWriters = {
  /**
   * Waits at most `waitMs` for the turn. It ends by itself after `holdMs`, so that a process that died holds nobody
   * up: whoever has it must be done by then. Those who wait in one process get it in their order, and no replica
   * gets it twice while another waits for it.
   */
  readonly hold: (spreadsheet: string, holdMs: number, waitMs: number) => Promise<WriterTurn | 'busy'>;
};
