/** The right to be the only one that writes to a spreadsheet, until it is given back or runs out. */
export type WriterTurn = {
  /** Gives it to the next. Does nothing a second time, and nothing when it ran out; never rejects. */
  readonly release: () => Promise<void>;
};

/**
 * One writer per spreadsheet, whichever replica and tenant it works for: Google lets appends that overlap overwrite
 * each other's rows. Times are the store's own. Rejects when the store is away.
 */
export type SpreadsheetWriters = {
  /**
   * Waits at most `waitMs` for the turn. It ends by itself after `holdMs`, so that a process that died holds nobody
   * up: whoever has it must be done by then. Those who wait in one process get it in their order, and no replica
   * gets it twice while another waits for it.
   */
  readonly hold: (spreadsheetId: string, holdMs: number, waitMs: number) => Promise<WriterTurn | 'busy'>;
};
